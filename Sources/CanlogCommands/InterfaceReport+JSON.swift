import CANFrame
import SocketCAN

extension InterfaceReport {
    /// The interface for programs; what does not apply or is not known is `null`.
    var json: JSONValue {
        [
            "name": .string(link.name),
            "kind": JSONValue(link.kind),
            "index": .integer(Int64(link.index)),
            "isUp": .bool(link.isUp),
            "isVirtual": .bool(link.isVirtual),
            "mtu": .count(UInt64(link.mtu)),
            "carriesFD": .bool(link.carriesFD),
            "driver": JSONValue(driver.name),
            "busAddress": JSONValue(driver.busAddress),
            "offersHardwareStamps": .bool(driver.offersHardwareStamps),
            "controller": link.controller?.json ?? .null,
            "statistics": link.statistics.json,
        ]
    }
}

extension Controller {
    fileprivate var json: JSONValue {
        [
            "state": JSONValue(state?.name),
            "errorCounters": errorCounters.map {
                [
                    "transmit": .count(UInt64($0.transmit)), "receive": .count(UInt64($0.receive)),
                ]
            } ?? .null,
            "timing": timing?.json ?? .null,
            "dataTiming": dataTiming?.json ?? .null,
            "limits": limits?.json ?? .null,
            "dataLimits": dataLimits?.json ?? .null,
            "bitRates": .array(bitRates.map { .count(UInt64($0)) }),
            "dataBitRates": .array(dataBitRates.map { .count(UInt64($0)) }),
            "greatestBitRate": number(greatestBitRate),
            "clockHertz": number(clock),
            "modes": .array(modes.names.map { .string($0) }),
            "supportedModes": supportedModes.map { .array($0.names.map { .string($0) }) } ?? .null,
            "restartMilliseconds": number(restartDelay),
            "terminationOhms": number(termination.map(UInt32.init)),
            "terminationChoicesOhms": .array(terminations.map { .count(UInt64($0)) }),
            "statistics": statistics?.json ?? .null,
        ]
    }
}

extension BitTiming {
    fileprivate var json: JSONValue {
        [
            "bitRate": number(bitRate),
            "samplePoint": .number(Double(samplePoint) / 1_000, decimals: 3),
            "timeQuantumNanoseconds": number(timeQuantum),
            "propagationSegment": number(propagationSegment),
            "phaseSegment1": number(phaseSegment1), "phaseSegment2": number(phaseSegment2),
            "jumpWidth": number(jumpWidth), "prescaler": number(prescaler),
        ]
    }
}

extension BitTimingLimits {
    fileprivate var json: JSONValue {
        func range(_ range: ClosedRange<UInt32>) -> JSONValue {
            ["min": number(range.lowerBound), "max": number(range.upperBound)]
        }
        return [
            "controller": .string(controller), "segment1": range(segment1),
            "segment2": range(segment2), "jumpWidth": number(jumpWidth),
            "prescaler": range(prescaler), "prescalerStep": number(prescalerStep),
        ]
    }
}

extension ControllerStatistics {
    fileprivate var json: JSONValue {
        [
            "busErrors": number(busErrors), "errorWarnings": number(errorWarnings),
            "errorPassives": number(errorPassives), "busOffs": number(busOffs),
            "lostArbitrations": number(lostArbitrations), "restarts": number(restarts),
        ]
    }
}

extension InterfaceStatistics {
    fileprivate var json: JSONValue {
        [
            "receivedFrames": .count(receivedFrames), "receivedBytes": .count(receivedBytes),
            "sentFrames": .count(sentFrames), "receiveErrors": .count(receiveErrors),
            "receiveDropped": .count(receiveDropped), "receiveOverruns": .count(receiveOverruns),
            "receiveMissed": .count(receiveMissed), "sendErrors": .count(sendErrors),
            "sendDropped": .count(sendDropped),
        ]
    }
}

private func number(_ value: UInt32?) -> JSONValue {
    value.map { .count(UInt64($0)) } ?? .null
}

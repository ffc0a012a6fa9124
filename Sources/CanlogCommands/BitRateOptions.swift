import ArgumentParser
import SignalViews

/// Bit rates for the load of a bus, where neither interface nor log tells them.
struct BitRateOptions: ParsableArguments {
    @Option(
        help: .init(
            "The bit rate where nothing else tells it: 250k for all, can1=250k for one; repeatable. "
                + "Otherwise 500k is assumed.", valueName: "[iface=]bit/s"),
        transform: PerInterface<BitRate>.wanted(BitRate.form + ", or can1=250k for one interface"))
    var bitrate: [PerInterface<BitRate>] = []

    @Option(
        help: .init("The same of CAN FD payloads.", valueName: "[iface=]bit/s"),
        transform: PerInterface<BitRate>.wanted(BitRate.form + ", or can1=2M for one interface"))
    var dataBitrate: [PerInterface<BitRate>] = []

    var given: [GivenRate] {
        bitrate.map { GivenRate(interface: $0.interface, bitRate: $0.value.bitsPerSecond) }
            + dataBitrate.map {
                GivenRate(interface: $0.interface, dataBitRate: $0.value.bitsPerSecond)
            }
    }
}

/// The file that `canlog simulate --example` prints: small, whole, and free of any real vehicle.
enum SimulationExample {
    static let text = #"""
        # canlog simulate car.yaml --bus PT=vcan0
        # The same seed (--seed) gives the same traffic. Faults: see the end, and canlog simulate --help.

        buses:
          # A bus and its database: 'PT: car.dbc', relative to this file; or its text, as here.
          PT:
            dbc: |
              VERSION ""
              BU_: ECM ESC Tester
              BO_ 256 Engine: 8 ECM
               SG_ CRC : 0|8@1+ (1,0) [0|255] "" ESC
               SG_ Alive : 8|4@1+ (1,0) [0|14] "" ESC
               SG_ Speed : 16|16@1+ (0.25,0) [0|8000] "rpm" ESC
               SG_ Coolant : 32|8@1+ (1,-40) [-40|130] "degC" ESC
               SG_ Mode : 40|2@1+ (1,0) [0|3] "" ESC
              BO_ 512 Wheels: 8 ESC
               SG_ FrontLeft : 7|16@0+ (0.01,0) [0|300] "km/h" ECM
               SG_ FrontRight : 23|16@0+ (0.01,0) [0|300] "km/h" ECM
               SG_ Counter : 35|4@0+ (1,0) [0|15] "" ECM
               SG_ Sum : 63|8@0+ (1,0) [0|255] "" ECM
              BA_DEF_ BO_ "GenMsgCycleTime" INT 0 10000;
              BA_DEF_DEF_ "GenMsgCycleTime" 0;
              BA_ "GenMsgCycleTime" BO_ 256 10;
              BA_ "GenMsgCycleTime" BO_ 512 20;
              VAL_ 256 Mode 0 "off" 1 "idle" 2 "run" ;

        ecus:
          # An ECU sends what the node of its name sends ('node:' for another, 'sends:' for a list).
          ECM:
            bus: PT
            messages:
              Engine:
                counter: Alive
                checksum: {signal: CRC, algorithm: e2e-profile-1, data-id: 0x123}
            # Signals that are not named move within their limits by themselves.
            signals:
              Engine.Speed: {shape: sine, from: 800, to: 3000, period: 12s}
              Engine.Coolant: {shape: ramp, from: 20, to: 95, period: 2min}
            diagnostics:
              request: 7E0
              response: 7E8
              functional: 7DF
              latency: 5ms
              identifiers:
                F190: {text: WVWZZZ1KZ6W000001, write: true, session: "03", level: "01"}
                F187: 03L906018
                F18C: 0x20261122
                "2001": {signal: Engine.Speed}
              trouble-codes:
                P0118-17: {status: confirmed, occurrences: 3, snapshot: {F40C: 0x0BB8}}
                U0100-87: pending
              routines:
                "0203": {result: "10"}
                FF00: {takes: 6s, session: "03"}
              security: {algorithm: xor, secret: A5A5A5A5}
              obd:
                parameters:
                  "04": 30
                  "05": 90
                  "0C": {shape: sine, from: 800, to: 3000, period: 12s}
                  "0D": {shape: walk, from: 0, to: 50, period: 8s}
                  "11": 15
                  "42": 14.1
                calibration: CAL-2026-1
                calibration-verification: 1791BC82
                name: ECM-EngineControl
          ESC:
            bus: PT
            messages:
              Wheels:
                counter: Counter
                checksum: {signal: Sum, algorithm: xor}
            diagnostics:
              request: 7E2
              response: 7EA
              functional: 7DF
              identifiers:
                F190: WVWZZZ1KZ6W000001
              trouble-codes:
                C0035-13: passed

        # faults:
        #   - stuck:Engine.Coolant@10s..20s
        #   - missing:ESC@30s
        #   - pending:ECM:20@40s..50s

        """#
}

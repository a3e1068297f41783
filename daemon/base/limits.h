/*
 * What:    every bound of the program with its reason. A value past a bound is an error, a counter
 *          and a log line, never silence.
 * Owns:    nothing.
 * Threads: constants.
 * Errors:  none.
 */
#ifndef RFD_BASE_LIMITS_H
#define RFD_BASE_LIMITS_H

enum {
    /* One HL7 message: French CDA reports reach 0.8 MB, radiology with pictures 1.6 MB. */
    LIMIT_MESSAGE_BYTES = 16 * 1024 * 1024,
    /* Facts that one message may yield: the largest LRI panel seen has about 1,000 OBX. */
    LIMIT_FACTS_PER_MESSAGE = 8192,
    /* Merges that one message may state: each is evaluated with all numbers that it joins, so that
     * a chain costs its square (50: 40 ms, 800: 6 s measured). Engines send one to a few. */
    LIMIT_LINKS_PER_MESSAGE = 128,
    /* Facts of kinds and analytes that the knowledge names, for a patient (DESIGN.md section 4). */
    LIMIT_FACTS_PER_PATIENT = 20000,
    /* Alerts, open and closed, of one patient. */
    LIMIT_ALERTS_PER_PATIENT = 512,
    /* Group commit: one fsync for up to this many messages (measured best, reliability.md 0.10). */
    LIMIT_BATCH = 64,
    /* edge -> core requests without an answer. */
    LIMIT_INTAKE_WINDOW = 256,
    /* Open MLLP connections; above it new ones are closed at once and counted. */
    LIMIT_MLLP_CONNECTIONS = 256,
    /* A config or knowledge file, and the depth of its YAML (libyaml is quadratic in depth). */
    LIMIT_CONFIG_FILE_BYTES = 4 * 1024 * 1024,
    LIMIT_YAML_DEPTH = 64,
    LIMIT_YAML_NODES = 2000000,
    /* A message on a ZeroMQ socket: the largest HL7 message, the document that it holds in base64
     * once more as bytes, and facts. */
    LIMIT_ZMQ_BYTES = 40 * 1024 * 1024,
};

#endif

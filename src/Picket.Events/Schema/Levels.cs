namespace Picket.Events.Schema;

/// <summary>The six levels: <c>trace debug info warn error fatal</c>, 0 to 5, and the spellings folded to them.</summary>
public static class Levels
{
    public const byte Info = 2;

    /// <summary>
    /// Numbers: 10, 20 … 60 as Bunyan and Pino write them; 0 to 7 of syslog (RFC 5424); 9 to 24 of OpenTelemetry's <c>severity_number</c>, where
    /// they do not clash (its 10 and 20 read as Bunyan's).
    /// </summary>
    public static readonly Spellings Spellings = new(
        [
            ("trace", ["verbose", "finest", "finer", "vrb", "trc", "trace2", "trace3", "trace4"]),
            ("debug", ["dbg", "fine", "d", "debug2", "debug3", "debug4"]),
            ("info", ["information", "informational", "notice", "inf", "i", "log", "config", "ok", "success", "info2", "info3", "info4"]),
            ("warn", ["warning", "wrn", "w", "warn2", "warn3", "warn4"]),
            ("error", ["err", "failure", "failed", "e", "severe", "error2", "error3", "error4"]),
            ("fatal", ["critical", "crit", "panic", "emerg", "emergency", "alert", "ftl", "dpanic", "f", "fatal2", "fatal3", "fatal4"]),
        ],
        [
            (10, 0), (20, 1), (30, 2), (40, 3), (50, 4), (60, 5),
            (0, 5), (1, 5), (2, 5), (3, 4), (4, 3), (5, 2), (6, 2), (7, 1), (8, 1),
            (9, 2), (11, 2), (12, 2), (13, 3), (14, 3), (15, 3), (16, 3), (17, 4), (18, 4), (19, 4), (21, 5), (22, 5), (23, 5), (24, 5),
        ]);

    /// <summary>The severity that a level says, when the sender said none.</summary>
    public static byte ToSeverity(byte level) => level switch
    {
        3 => Severities.Medium,
        4 => Severities.High,
        5 => Severities.Critical,
        _ => Severities.Info,
    };
}

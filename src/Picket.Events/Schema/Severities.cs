namespace Picket.Events.Schema;

/// <summary>The five severities: <c>info low medium high critical</c>, 0 to 4, and the spellings folded to them.</summary>
public static class Severities
{
    public const byte Info = 0;
    public const byte Medium = 2;
    public const byte High = 3;
    public const byte Critical = 4;

    public static readonly Spellings Spellings = new(
        [
            ("info", ["informational", "information", "none", "debug", "trace", "notice"]),
            ("low", ["minor"]),
            ("medium", ["moderate", "med", "warning", "warn"]),
            ("high", ["major", "error", "err"]),
            ("critical", ["crit", "severe", "fatal", "emergency", "alert"]),
        ],
        []);

    /// <summary>The level that a severity says, when the sender said none: low is still <c>info</c>.</summary>
    public static byte ToLevel(byte severity) => severity switch
    {
        Medium => 3,
        High => 4,
        Critical => 5,
        _ => Levels.Info,
    };
}

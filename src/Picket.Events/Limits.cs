namespace Picket.Events;

/// <summary>The room's bounds. Each says what happens there; <see cref="Parsing.ParseCounts"/> counts the events it happened to.</summary>
public static class Limits
{
    /// <summary>Bytes of one field's value. A longer one is cut at a character and the event marked <c>truncated</c>.</summary>
    public const int ValueBytes = 64 * 1024;

    /// <summary>Fields of one event. The rest go unindexed, kept only in <c>raw</c>; the event is marked <c>truncated</c>.</summary>
    public const int Fields = 512;

    /// <summary>Bytes of one event's values. What comes after them is left out; the event is marked <c>truncated</c>.</summary>
    public const int EventBytes = 1024 * 1024;

    /// <summary>Levels of objects and arrays in one event. What lies deeper is kept as text holding the JSON.</summary>
    public const int Nesting = 16;

    /// <summary>Bytes of a field's dotted name. A longer one is cut; the sender's spelling stays in the shape.</summary>
    public const int NameBytes = 256;

    /// <summary>Bytes of one line of NDJSON. A longer one is refused, and reading goes on with the next.</summary>
    public const int LineBytes = 8 * 1024 * 1024;

    /// <summary>Errors an answer lists; more are counted only.</summary>
    public const int ListedErrors = 100;

    /// <summary>How far ahead of its receipt an event's own time may lie. A later one is kept as <c>ts_original</c>.</summary>
    public const long ClockAhead = Instant.PerDay;

    /// <summary>How far ahead of its receipt an event's own time is believed. One that is further has the tag <c>clock_skew</c>, and to rules it happened when it was received. ns.</summary>
    public const long ClockSkew = 300 * Instant.PerSecond;

    /// <summary>Nodes of the memory of names that predicts the next event's fields. When full it is begun anew.</summary>
    public const int NameNodes = 65_536;

    /// <summary>Columns of one batch and of a segment's block. What further fields hold goes to the column <see cref="Batches.Overflow"/>, searchable all the same.</summary>
    public const int BatchColumns = 1_024;

    /// <summary>Columns a builder keeps warm between batches. With more it is begun anew.</summary>
    public const int WarmColumns = 2_048;
}

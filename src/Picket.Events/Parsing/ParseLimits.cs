namespace Picket.Events.Parsing;

/// <summary>The caps of events as set; each defaults to its value in <see cref="Limits"/>, which says what happens there.</summary>
public sealed record ParseLimits
{
    public static readonly ParseLimits Default = new();

    /// <summary>Bytes of one value.</summary>
    public int ValueBytes { get; init; } = Limits.ValueBytes;

    /// <summary>Fields of one event.</summary>
    public int Fields { get; init; } = Limits.Fields;

    /// <summary>Bytes of one event's values.</summary>
    public int EventBytes { get; init; } = Limits.EventBytes;

    /// <summary>Levels of objects and arrays.</summary>
    public int Nesting { get; init; } = Limits.Nesting;

    /// <summary>How far ahead of its receipt an event's own time may lie; ns.</summary>
    public long ClockAhead { get; init; } = Limits.ClockAhead;
}

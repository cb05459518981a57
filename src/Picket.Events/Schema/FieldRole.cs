namespace Picket.Events.Schema;

/// <summary>What normalising does with a known field's value.</summary>
public enum FieldRole : byte
{
    /// <summary>Kept as it came.</summary>
    Plain,

    /// <summary>Read as a time: the event's <c>ts</c>.</summary>
    Time,

    /// <summary>Folded to one of six levels.</summary>
    Level,

    /// <summary>Folded to one of five severities.</summary>
    Severity,

    /// <summary>Kept when it is an IP address, in its canonical text; else under the name with <c>_raw</c>.</summary>
    Address,
}

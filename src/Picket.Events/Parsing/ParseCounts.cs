namespace Picket.Events.Parsing;

/// <summary>How often each cap bit, in events or values; added up by whoever keeps the metrics.</summary>
public struct ParseCounts
{
    /// <summary>Values cut at <see cref="Limits.ValueBytes"/>.</summary>
    public long ValuesCut { get; set; }

    /// <summary>Events with more than <see cref="Limits.Fields"/> fields.</summary>
    public long TooManyFields { get; set; }

    /// <summary>Events with values beyond <see cref="Limits.EventBytes"/>.</summary>
    public long TooLarge { get; set; }

    /// <summary>Values nested deeper than <see cref="Limits.Nesting"/>.</summary>
    public long TooDeep { get; set; }

    /// <summary>Names cut at <see cref="Limits.NameBytes"/>.</summary>
    public long NamesCut { get; set; }

    /// <summary>Lines that were not UTF-8; what was no character became U+FFFD.</summary>
    public long Repaired { get; set; }

    /// <summary>Events whose time lay outside of 1970 to a day ahead, kept as <c>ts_original</c>.</summary>
    public long TimesMoved { get; set; }

    /// <summary>Times that the memory of names was full and begun anew.</summary>
    public long NamesForgotten { get; set; }
}

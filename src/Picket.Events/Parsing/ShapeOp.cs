namespace Picket.Events.Parsing;

/// <summary>
/// A shape says in what order, under which names and how nested a sender wrote an event, so that it can be given back. It is a run of
/// operations; names are as sent between their quotes, escapes included, each after its length as a varint. The numbers are part of the formats.
/// </summary>
public enum ShapeOp : byte
{
    /// <summary>name, column: the row's value in that column, in its own kind.</summary>
    Value = 1,

    /// <summary>name: an object begins.</summary>
    Open = 2,

    /// <summary>The innermost object ends.</summary>
    Close = 3,

    /// <summary>name, four bytes of <see cref="TimeSpelling"/>, one byte (1: quoted): the row's time so spelled.</summary>
    Time = 4,

    /// <summary>name, column, JSON: a literal, for what stands in that column folded.</summary>
    Folded = 5,

    /// <summary>Nothing: the event is to be given back from <c>raw</c>; the other operations still name what the sender added.</summary>
    NeedsRaw = 6,
}

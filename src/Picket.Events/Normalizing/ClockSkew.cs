using System.Buffers;
using Picket.Events.Batches;
using Picket.Events.Parsing;

namespace Picket.Events.Normalizing;

/// <summary>The tag of an event whose sender's clock is ahead, which stands beside those that it was sent with.</summary>
internal static class ClockSkew
{
    /// <summary>The tags of an event that was sent with none.</summary>
    public static ReadOnlySpan<byte> Alone => """["clock_skew"]"""u8;

    /// <summary>Whether a time is further ahead of its receipt than clocks differ.</summary>
    public static bool IsIn(long time, long receivedAt) => time - Limits.ClockSkew > receivedAt;

    /// <summary>Adds it to what an event was sent with: a list, or one tag.</summary>
    public static void Add(ValueKind kind, ReadOnlySpan<byte> tags, IBufferWriter<byte> into)
    {
        if (kind == ValueKind.Null || tags.SequenceEqual("[]"u8))
        {
            into.Write(Alone);
            return;
        }
        if (kind == ValueKind.Json && tags[0] == '[')
        {
            into.Write(tags[..^1]);
        }
        else
        {
            into.Write("["u8);
            RawJson.WriteValue(new Value(kind, tags), into);
        }
        into.Write(""","clock_skew"]"""u8);
    }
}

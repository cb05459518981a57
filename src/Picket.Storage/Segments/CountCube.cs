using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Storage.Cache;
using Picket.Storage.Encodings;
using Picket.Storage.Files;

namespace Picket.Storage.Segments;

/// <summary>
/// How many events each combination of tenant, hour, level, severity, app and event type has in a segment: a batch of made-up events, one a combination, at the
/// hour's start, and a count for each. Filters and groups on these fields alone are answered from it as from any batch.
/// </summary>
internal sealed class CountCube(EventBatch rows, int[] counts) : CachedPart
{
    public const long Hour = 3_600 * Instant.PerSecond;

    public static readonly IReadOnlyList<Field> Fields = [EventSchema.Level, EventSchema.Severity, EventSchema.App, EventSchema.EventType];

    public EventBatch Rows => rows;

    public ReadOnlySpan<int> Counts => counts;

    public override long Bytes => rows.Bytes + (counts.Length * sizeof(int));

    /// <summary>The hours that lie wholly in a time; none when <see cref="TimeRange.From"/> is not before <see cref="TimeRange.To"/>.</summary>
    public static TimeRange HoursWithin(TimeRange time) => new(time.From > Instant.Max - Hour ? Instant.Max : (time.From + Hour - 1) / Hour * Hour, time.To / Hour * Hour);

    public static void Write(NativeBuffer into, CubeBuilder cube)
    {
        using var builder = new EventBatchBuilder();
        var values = cube.Fill(builder);
        using var batch = builder.Seal();
        into.AppendVarint((ulong)values.Length);
        Integers.Write(into, Array.ConvertAll(values, count => (long)count));
        Codec.Write(into, ((PackedBatch)batch.Source).Packed);
    }

    public static CountCube Read(ref ByteReader reader)
    {
        var values = new long[reader.Count(Limits.CubeRows)];
        Integers.Read(ref reader, values);
        var memory = new NativeBuffer();
        try
        {
            Codec.Read(ref reader, memory);
            if (!PackedBatch.TryOpen(memory, out var batch) || batch.Count != values.Length)
            {
                throw reader.Wrong("a cube's batch");
            }
            return new CountCube(new EventBatch(batch), Array.ConvertAll(values, count => (int)count));
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    protected override void Free() => rows.Dispose();
}

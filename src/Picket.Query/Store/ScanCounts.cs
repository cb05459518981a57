namespace Picket.Query.Store;

/// <summary>What answering a question took: what was passed over, and what was looked at. Thread-safe.</summary>
public sealed class ScanCounts
{
    private long segments;
    private long segmentsPassed;
    private long blocksPassed;
    private long blocksRead;
    private long eventsRead;
    private long eventsKnown;
    private long columnsDecoded;
    private long bytesDecoded;

    /// <summary>Segments that stood.</summary>
    public long Segments => Interlocked.Read(ref segments);

    /// <summary>Of those, passed over by their time, tenant or index, or answered without their blocks.</summary>
    public long SegmentsPassed => Interlocked.Read(ref segmentsPassed);

    /// <summary>Blocks of the others, passed over by the index or their header.</summary>
    public long BlocksPassed => Interlocked.Read(ref blocksPassed);

    /// <summary>Blocks, and batches in memory, that were opened.</summary>
    public long BlocksRead => Interlocked.Read(ref blocksRead);

    /// <summary>Events in them.</summary>
    public long EventsRead => Interlocked.Read(ref eventsRead);

    /// <summary>Events counted without looking at them.</summary>
    public long EventsKnown => Interlocked.Read(ref eventsKnown);

    /// <summary>Columns of blocks that were in no cache.</summary>
    public long ColumnsDecoded => Interlocked.Read(ref columnsDecoded);

    /// <summary>Bytes of them, as they are stored.</summary>
    public long BytesDecoded => Interlocked.Read(ref bytesDecoded);

    public void AddSegments(long all) => Interlocked.Add(ref segments, all);

    public void PassSegment() => Interlocked.Increment(ref segmentsPassed);

    public void PassBlocks(long blocks) => Interlocked.Add(ref blocksPassed, blocks);

    public void Read(long events)
    {
        Interlocked.Increment(ref blocksRead);
        Interlocked.Add(ref eventsRead, events);
    }

    public void Know(long events) => Interlocked.Add(ref eventsKnown, events);

    public void Decode(long bytes)
    {
        Interlocked.Increment(ref columnsDecoded);
        Interlocked.Add(ref bytesDecoded, bytes);
    }

    public override string ToString() =>
        $"it looked at {EventsRead:N0} events in {BlocksRead:N0} blocks, passed over {BlocksPassed:N0} blocks and {SegmentsPassed:N0} of {Segments:N0} segments";
}

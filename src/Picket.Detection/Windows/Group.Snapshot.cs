using Picket.Detection.Alerts;

namespace Picket.Detection.Windows;

// What is written down of it. Where it holds is its alert's to say.
internal sealed partial class Group
{
    public void Save(SnapshotWriter to)
    {
        to.Write(WaitsFrom);
        to.WriteMissing(Missing);
        to.WriteBytes(Subject is null ? [] : Subject.Bytes.Span);
        to.Write7BitEncodedInt(thinned?.Count ?? 0);
        foreach (var (from, until) in thinned ?? [])
        {
            to.Write(from);
            to.Write(until);
        }
        to.Write7BitEncodedInt(count);
        foreach (ref readonly var entry in entries.AsSpan(0, count))
        {
            to.WriteEntry(entry);
        }
    }

    /// <summary>Takes what was written down of it; for one that has no events.</summary>
    /// <param name="isClosedSince">Whether an alert was closed since, which has all these events.</param>
    /// <returns>From which event on it waited; the greatest time there is where it did not.</returns>
    public long Restore(SnapshotReader from, bool isClosedSince)
    {
        var waits = from.ReadInt64();
        Missing = from.ReadMissing();
        Subject = from.ReadBytes() is { Length: > 0 } packed ? AlertSubject.Of(Trigger, packed) : null;
        for (var left = from.Read7BitEncodedInt(); left > 0; left--)
        {
            (thinned ??= []).Add((from.ReadInt64(), from.ReadInt64()));
        }
        var written = from.Read7BitEncodedInt();
        Resize(written);
        for (var i = 0; i < written; i++)
        {
            entries[i] = from.ReadEntry();
        }
        count = written;
        if (isClosedSince)
        {
            thinned = null;
            Drop(count);
        }
        Restart();
        return waits;
    }
}

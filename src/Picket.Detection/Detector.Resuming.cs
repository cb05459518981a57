using System.Collections.ObjectModel;
using Picket.Detection.Windows;
using Picket.Events;
using Picket.Events.Batches;

namespace Picket.Detection;

// How a start goes on: from what was written down of windows and what came since, or from what is stored alone. Both come to the same.
public sealed partial class Detector
{
    /// <summary>Writes down what windows have in memory, between two batches. What alerts and their changes say is not in it.</summary>
    public void Save(Stream into)
    {
        using var to = new SnapshotWriter(into);
        var settled = watermarks.All;
        to.Write7BitEncodedInt(settled.Count);
        foreach (var (tenant, until) in settled)
        {
            to.Write(tenant.Number);
            to.Write(until);
        }
        groups.Save(to);
        known.Save(to);
    }

    /// <summary>Goes on where this was left off: has in memory what still waits for further events, and what was written down.</summary>
    /// <param name="settled">What <see cref="Settled"/> was then.</param>
    /// <param name="through">The last event that was looked at.</param>
    /// <param name="saved">What was written down; null for nothing.</param>
    /// <exception cref="EndOfStreamException">What was written down ends too early; a further try needs another detector.</exception>
    public async Task ResumeAsync(IReadOnlyDictionary<TenantId, long> settled, ulong through, SavedWindows? saved, CancellationToken cancellation)
    {
        lookedThrough = through;
        foreach (var (tenant, until) in settled)
        {
            watermarks.Resume(tenant, until, Instant.Now(clock));
        }
        if (saved is not null)
        {
            await RestoreAsync(saved, cancellation);
        }
        foreach (var (tenant, until) in settled)
        {
            foreach (var place in triggers.Waiting.SelectMany(trigger => trigger.Bases).Select(of => of.Place).Distinct())
            {
                Cover(tenant, place, until - triggers.ReachOf(place), Instant.Max - (2 * Instant.PerDay));
            }
        }
        await ReadUncoveredAsync(through + 1, cancellation);
    }

    private async Task RestoreAsync(SavedWindows saved, CancellationToken cancellation)
    {
        using var from = new SnapshotReader(saved.Windows, triggers);
        var settled = new Dictionary<TenantId, long>();
        for (var left = from.Read7BitEncodedInt(); left > 0; left--)
        {
            settled.Add(new TenantId(from.ReadUInt32()), from.ReadInt64());
        }
        var waited = groups.Restore(from, saved.Through);
        known.Restore(from);
        // What has been decided since waits no more.
        foreach (var (group, since) in waited)
        {
            waiting.Add(group, Math.Max(since, watermarks.Of(group.Tenant) + 1));
        }
        await foreach (var batch in saved.Since.WithCancellation(cancellation))
        {
            using (batch)
            {
                Replay(batch);
            }
        }
        // What began to hold since, those above were told.
        foreach (var ofTenant in groups.Below.GroupBy(group => group.Tenant).ToArray())
        {
            var since = Math.Max(settled.GetValueOrDefault(ofTenant.Key), Instant.Min) + 1;
            await RecallBeginningsAsync([.. ofTenant], trigger => since - (2 * trigger.Window!.Span), watermarks.Of(ofTenant.Key), lookedThrough + 1, cancellation);
        }
    }

    // Adds what was looked at before, which raises nothing again.
    private void Replay(EventBatch batch)
    {
        recalled.Clear();
        recalling!.Match(batch, recalled);
        foreach (var (_, place, row) in recalled)
        {
            if (batch.Seqs[row] <= lookedThrough)
            {
                Recall(place, batch[row], TimeOf(batch.Times[row], batch.Received[row]), ReadOnlyDictionary<string, ulong>.Empty, only: null, log: 0);
            }
        }
        MakeRoom();
    }
}

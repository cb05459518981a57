using System.Runtime.InteropServices;
using Picket.Detection.Alerts;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Metastore;
using Picket.Server.Alerts;

namespace Picket.Server.Rules;

/// <summary>What rules found since it was written down, and when that is due. Not thread-safe.</summary>
internal sealed class Findings(DetectorStore written, StoredHistory history, TimeProvider time) : IDisposable
{
    // With nothing found, how far the log was read need not be written for each batch.
    private static readonly TimeSpan Lazy = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Busy = TimeSpan.FromMilliseconds(400);

    // Events behind which a second more makes no difference to anyone, and fewer transactions do.
    private const ulong FarBehind = 20_000;
    private const int MostFound = 50_000;

    private readonly MatchTally matches = new();
    private readonly RecentBatches recent = new();
    private readonly Dictionary<(TenantId Tenant, int Place), (Rule? Rule, MatchTally.OfRule Matches, int Version)> known = [];
    private long lastWrite;

    /// <summary>Whether rules matched something.</summary>
    public bool IsEmpty => matches.IsEmpty;

    /// <summary>A batch was looked at.</summary>
    /// <param name="hits">What rules matched of it.</param>
    public void Add(EventBatch batch, IReadOnlyList<RuleMatch> hits, Func<TenantId, string, int> versionOf)
    {
        foreach (var (rule, place, row) in hits)
        {
            // Of rules that wait for events each one would match, and scheduled ones are for what is too much to look at as it comes.
            if (rule.Absence is not null || rule.Schedule is not null)
            {
                continue;
            }
            var tenant = new TenantId(batch.Tenants[row]);
            ref var of = ref CollectionsMarshal.GetValueRefOrAddDefault(known, (tenant, place), out _);
            // At a place there is another rule once they were loaded anew.
            if (!ReferenceEquals(of.Rule, rule))
            {
                of = (rule, matches.Of(tenant, rule.Id), versionOf(tenant, rule.Id));
            }
            matches.Add(of.Matches, new KeptMatch(of.Version, batch.Seqs[row], batch.Times[row], batch.Received[row]));
        }
        // Events behind alerts are matches.
        if (hits.Count > 0)
        {
            recent.Add(batch);
        }
    }

    /// <summary>Whether it is to be written down: at once when all that is stored was looked at; while rules are behind, several batches are one transaction.</summary>
    /// <param name="isFound">Whether rules matched, or alerts change.</param>
    /// <param name="behind">Events that are stored and not looked at.</param>
    public bool IsDue(bool isFound, ulong behind) =>
        time.GetElapsedTime(lastWrite) > (isFound && behind < FarBehind ? Busy : Lazy) || (isFound && (behind == 0 || matches.Kept > MostFound));

    /// <summary>Writes it down with what else there is.</summary>
    /// <param name="commit">All but the matches.</param>
    /// <returns>The alerts that were raised or have further events.</returns>
    public async Task<IReadOnlyCollection<WrittenAlert>> WriteAsync(Func<MatchTally, DetectorStore.Commit> commit, Func<TenantId, string, int> versionOf, CancellationToken cancellation)
    {
        var changes = await written.WriteAsync(commit(matches), versionOf, ShowAsync, cancellation);
        Clear();
        lastWrite = time.GetTimestamp();
        return changes;
    }

    /// <summary>It is found anew.</summary>
    public void Clear()
    {
        matches.Clear();
        known.Clear();
        recent.Clear();
    }

    public void Dispose() => recent.Dispose();

    private ValueTask<string?> ShowAsync(TenantId tenant, EventRef seen) =>
        recent.TryFind(tenant, seen.Seq, out var batch, out var row) ? ValueTask.FromResult(history.Show(batch[row])) : history.ShowAsync(tenant, seen);
}

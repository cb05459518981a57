using Picket.Detection.Windows;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Query;

namespace Picket.Detection;

// Of which times all that is stored is in memory: around the events that are looked at.
public sealed partial class Detector
{
    // Has all stored events in memory that are within a window of those of a batch. Of what comes in the order of time that is little, for a day is read at once.
    private async ValueTask CoverAsync(EventBatch batch, CancellationToken cancellation)
    {
        covering.Clear();
        foreach (var (_, place, row) in matches)
        {
            if (!triggers.HasWindows(place))
            {
                continue;
            }
            var (tenant, time) = (new TenantId(batch.Tenants[row]), TimeOf(batch.Times[row], batch.Received[row]));
            groups.Asked(time);
            // Most are near the one before.
            if (covering.TryGetValue((tenant, place), out var known) && time >= known.From && time <= known.To)
            {
                continue;
            }
            for (var i = 0; i < triggers.Of(place).Length; i++)
            {
                var trigger = triggers.Of(place)[i].Trigger;
                foreach (var (_, of) in trigger.Window is null ? [] : trigger.Bases)
                {
                    var covered = groups.CoverageOf(tenant, of, triggers.ReachOf(of));
                    if (!covered.Covers(time - trigger.Reach, time + trigger.Reach))
                    {
                        Cover(tenant, of, time - covered.Span - lateness.Longest, time + covered.Span + Instant.PerDay);
                    }
                }
            }
            covering[(tenant, place)] = CoveredAround(tenant, place, time);
        }
        await ReadUncoveredAsync(batch.Seqs[0], cancellation);
    }

    // Between which times a rule's matches have their windows in memory, as one at a time has.
    private (long From, long To) CoveredAround(TenantId tenant, int place, long time)
    {
        var (from, to) = (long.MinValue, long.MaxValue);
        foreach (var (trigger, _, _) in triggers.Of(place))
        {
            foreach (var (_, of) in trigger.Window is null ? [] : trigger.Bases)
            {
                var (begin, end) = groups.CoverageOf(tenant, of, triggers.ReachOf(of)).StretchOf(time - trigger.Reach, time + trigger.Reach) ?? (long.MaxValue, long.MinValue);
                (from, to) = (Math.Max(from, begin == long.MaxValue ? begin : begin + trigger.Reach), Math.Min(to, end == long.MinValue ? end : end - trigger.Reach));
            }
        }
        return (from, to);
    }

    // What of a stretch is not in memory will be, before anything is looked at.
    private void Cover(TenantId tenant, int place, long from, long to)
    {
        var covered = groups.CoverageOf(tenant, place, triggers.ReachOf(place));
        uncovered.AddRange(covered.Missing(from, to).Select(part => new Uncovered(tenant, place, part.From, part.To, from)));
        covered.Add(from, to);
    }

    // Stretches that overlap are read at once, for all rules.
    private async ValueTask ReadUncoveredAsync(ulong before, CancellationToken cancellation)
    {
        foreach (var ofTenant in uncovered.GroupBy(one => one.Tenant).ToArray())
        {
            var (together, until) = (new List<Uncovered>(), long.MinValue);
            foreach (var one in ofTenant.OrderBy(one => one.From))
            {
                if (together.Count > 0 && one.From > until)
                {
                    await ReadAsync(ofTenant.Key, together, before, cancellation);
                    together.Clear();
                }
                together.Add(one);
                until = Math.Max(until, one.To);
            }
            await ReadAsync(ofTenant.Key, together, before, cancellation);
        }
        uncovered.Clear();
    }

    private async ValueTask ReadAsync(TenantId tenant, List<Uncovered> together, ulong before, CancellationToken cancellation)
    {
        var stretches = together.GroupBy(one => one.Place).ToDictionary(of => of.Key, of => (of.Min(one => one.From), of.Max(one => one.To)));
        var asked = together.GroupBy(one => one.Place).ToDictionary(of => of.Key, of => of.Min(one => one.Asked));
        await RecallAsync(tenant, stretches, Filter.Everything, before, null, 0, cancellation);
        await RecallBeginningsAsync([.. groups.RecalledBy(Recalls)], trigger => trigger.Bases.Max(of => asked.GetValueOrDefault(of.Place, long.MinValue)), watermarks.Of(tenant), before, cancellation);
    }
}

using Picket.Detection.Alerts;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Detection.Windows;
using Picket.Events;
using Picket.Query;

namespace Picket.Detection;

/// <summary>Asks the store what a scheduled rule asks, at one of its moments after the other. Not thread-safe.</summary>
public sealed class ScheduledQuery
{
    private readonly Fingerprint fingerprint = new();
    private readonly WindowValue value = new();
    private readonly List<RuleMatch> matches = [];
    private readonly RuleSet rules;
    private readonly RuleMatcher matcher;
    private readonly TriggerInput to;

    public ScheduledQuery(Rule rule, bool with4688, TimeProvider time)
    {
        rules = new RuleSet([rule], with4688);
        matcher = new RuleMatcher(rules, time, null, (_, reason) => WhySetAside = reason);
        to = new TriggerInput(new Trigger(0, rule, null), 0, 0);
    }

    /// <summary>Why the rule is not run any more, so that what it found is not all there is; null for one that is.</summary>
    public string? WhySetAside { get; private set; }

    /// <param name="moment">When; ns since 1970.</param>
    /// <param name="before">The moment before it.</param>
    /// <param name="through">Events up to this one count.</param>
    /// <param name="log">The log that numbered them.</param>
    public async Task<ScheduledLook> LookAsync(TenantId tenant, long moment, ScheduledMark before, ulong through, uint log, IEventHistory history, CancellationToken cancellation)
    {
        var window = to.Trigger.Rule.Schedule!.Window;
        var from = Math.Max(Instant.Min, moment - window.Span);
        var look = new ScheduledLook(tenant, to.Trigger, moment, before) { Through = through, Closed = await history.ClosedThroughAsync(tenant, from, cancellation) };
        // An event whose sender's clock is ahead counts as having happened when it came, and may say a day later.
        await foreach (var batch in history.ReadAsync(tenant, rules.FilterOf([0]), new TimeRange(from, Math.Min(Instant.Max, moment + Instant.PerDay)), through + 1, cancellation))
        {
            using (batch)
            {
                matches.Clear();
                matcher.Match(batch, matches);
                foreach (var (_, _, row) in matches)
                {
                    if (fingerprint.TryWrite(to, log, batch[row]) && value.TryRead(window, batch[row]))
                    {
                        var time = DetectionTime.Of(batch.Times[row], batch.Received[row]);
                        look.Add(fingerprint.Key, new WindowEntry(time, batch.Seqs[row], batch.Received[row], 1, value.Value), () => AlertSubject.Of(to, batch[row]));
                    }
                }
            }
        }
        return look;
    }
}

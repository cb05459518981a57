using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Picket.Detection;
using Picket.Detection.Rules;
using Picket.Detection.Windows;
using Picket.Events;
using Picket.Events.Log;
using Picket.Metastore;
using Picket.Server.Alerts;

namespace Picket.Server.Rules;

/// <summary>
/// Looks at scheduled rules at their moments, one after the other: each when no further event of its window is waited for. What was missed while nothing ran is made up for. Beside the
/// detector, which goes on; what was found is told by it. Thread-safe.
/// </summary>
public sealed partial class ScheduleService(
    DetectionService detection, ScheduleTable table, GapTable gaps, TenantTable tenants, StoredHistory history, IEventLog log, DetectionOptions options, TimeProvider time, ILogger<ScheduleService> logger) : BackgroundService
{
    /// <summary>Of the moments that were missed so many are made up for, the last ones.</summary>
    public const int MostMissed = 1_000;

    private static readonly TimeSpan Often = TimeSpan.FromSeconds(1);

    // A look that takes longer is given up, so that others have their turn.
    private static readonly TimeSpan MostTime = TimeSpan.FromMinutes(2);

    private readonly Dictionary<Rule, ScheduledQuery> queries = new(ReferenceEqualityComparer.Instance);
    private Dictionary<(TenantId Tenant, string Rule), ScheduledMark> marks = [];
    private long rounds;
    private long looks;
    private long missed;
    private long refused;

    /// <summary>How often it was looked whether a rule is due.</summary>
    public long Rounds => Interlocked.Read(ref rounds);

    /// <summary>How often a rule was looked at.</summary>
    public long Looks => Interlocked.Read(ref looks);

    /// <summary>Moments at which rules were not looked at.</summary>
    public long Missed => Interlocked.Read(ref missed);

    /// <summary>Events that did not count, for there was no room for their groups or values.</summary>
    public long Refused => Interlocked.Read(ref refused);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var isLoaded = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!isLoaded)
                {
                    marks = new(await table.AllAsync(stoppingToken));
                    isLoaded = true;
                }
                while (await LookAtAllAsync(stoppingToken))
                {
                }
                Interlocked.Increment(ref rounds);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            // The top of the loop.
            catch (Exception error)
            {
                Log.Failed(logger, error);
            }
            await Task.Delay(Often, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // True while there is more to do at once.
    private async Task<bool> LookAtAllAsync(CancellationToken cancellation)
    {
        var isMore = false;
        if (detection.IsScheduling is not { } isScheduling)
        {
            return false;
        }
        var run = isScheduling ? detection.ScheduledOf(await tenants.AllAsync(cancellation)) : [];
        foreach (var (tenant, id) in marks.Keys.Except(run.Select(one => (one.Tenant, one.Rule.Id))).ToArray())
        {
            await table.EndAsync(tenant, id, cancellation);
            marks.Remove((tenant, id));
        }
        foreach (var gone in queries.Keys.Except(run.Select(one => one.Rule), (IEqualityComparer<Rule>)ReferenceEqualityComparer.Instance).ToArray())
        {
            queries.Remove(gone);
        }
        foreach (var (tenant, rule) in run)
        {
            try
            {
                isMore |= await LookAsync(tenant, rule, cancellation);
            }
            // Whatever is wrong with one rule, the others go on; what was not written is looked at again.
            catch (Exception error) when (!cancellation.IsCancellationRequested)
            {
                Log.RuleFailed(logger, rule.Title, rule.Id, error);
            }
        }
        return isMore;
    }

    private async Task<bool> LookAsync(TenantId tenant, Rule rule, CancellationToken cancellation)
    {
        var now = Instant.Now(time);
        if (!marks.TryGetValue((tenant, rule.Id), out var mark))
        {
            // What was before is for backtests.
            mark = new ScheduledMark(now, log.Durable.Seq);
            await table.BeginAsync(tenant, rule.Id, mark, cancellation);
            marks.Add((tenant, rule.Id), mark);
        }
        // All that comes in time is there then, so that it makes no difference in what order it came.
        var due = now - options.Lateness.Longest;
        var moment = rule.Schedule!.After(mark.Moment);
        if (moment > due)
        {
            return false;
        }
        if ((due - moment) / rule.Schedule.Pause >= MostMissed)
        {
            moment = await SkipAsync(tenant, rule, moment, due, cancellation);
        }
        var through = log.Durable.Seq;
        var next = new ScheduledMark(moment, through);
        if (!queries.TryGetValue(rule, out var query))
        {
            queries.Add(rule, query = new ScheduledQuery(rule, options.Security4688, time));
        }
        using var limit = new CancellationTokenSource(MostTime, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            var look = await query.LookAsync(tenant, moment, mark, through, log.Durable.Log, history, ending.Token);
            // The rule was changed, or an alert closed, meanwhile: it is looked at again in the next round.
            if (!await detection.TellAsync(look, next, cancellation))
            {
                return false;
            }
            Interlocked.Add(ref refused, look.Refused);
            Interlocked.Increment(ref looks);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            Log.TookTooLong(logger, rule.Title, rule.Id, Instant.ToDateTimeOffset(moment), MostTime);
            Interlocked.Increment(ref missed);
            await gaps.AddAsync([tenant], rule.Id, new Gap(moment - 1, moment, $"it took longer than {MostTime.TotalSeconds:F0} s to look at", null), cancellation);
            await table.BeginAsync(tenant, rule.Id, next, cancellation);
        }
        if (query.WhySetAside is { } reason)
        {
            await gaps.AddAsync([tenant], rule.Id, new Gap(moment - 1, moment, reason, null), cancellation);
            await detection.SetAsideAsync(rule, reason, cancellation);
        }
        marks[(tenant, rule.Id)] = next;
        return rule.Schedule.After(moment) <= due;
    }

    private async Task<long> SkipAsync(TenantId tenant, Rule rule, long moment, long due, CancellationToken cancellation)
    {
        var from = Math.Max(moment, due - (MostMissed * rule.Schedule!.Pause));
        var (next, skipped) = (moment, 0);
        while (next < from)
        {
            next = rule.Schedule.After(next);
            skipped++;
        }
        Interlocked.Add(ref missed, skipped);
        await gaps.AddAsync([tenant], rule.Id, new Gap(moment - 1, next - 1, "nothing ran", null), cancellation);
        Log.Skipped(logger, rule.Title, rule.Id, skipped, Instant.ToDateTimeOffset(moment), Instant.ToDateTimeOffset(next));
        return next;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Finding which scheduled rules are due failed. It is tried again")]
        public static partial void Failed(ILogger logger, Exception error);

        [LoggerMessage(4, LogLevel.Error, "Looking at the scheduled rule {Title} ({Id}) failed. It is looked at again")]
        public static partial void RuleFailed(ILogger logger, string title, string id, Exception error);

        [LoggerMessage(2, LogLevel.Error, "The scheduled rule {Title} ({Id}) took longer than {Limit} at {Moment} and was given up: give it a narrower query, or a shorter window")]
        public static partial void TookTooLong(ILogger logger, string title, string id, DateTimeOffset moment, TimeSpan limit);

        [LoggerMessage(3, LogLevel.Warning, "The scheduled rule {Title} ({Id}) was not looked at {Moments} times, from {From} until {To}, while nothing ran: its page names the gap, which picket rules backtest {Id} --apply fills")]
        public static partial void Skipped(ILogger logger, string title, string id, int moments, DateTimeOffset from, DateTimeOffset to);
    }
}

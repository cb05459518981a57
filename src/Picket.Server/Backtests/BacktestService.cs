using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Picket.Detection;
using Picket.Events;
using Picket.Events.Log;
using Picket.Metastore;
using Picket.Query;
using Picket.Query.Store;
using Picket.Server.Alerts;
using Picket.Server.Rules;

namespace Picket.Server.Backtests;

/// <summary>Runs backtests, one at a time, each over the events that are stored when it begins. They are gone when the server stops. Thread-safe.</summary>
internal sealed partial class BacktestService(
    IEventStore store, IEventLog log, StoredHistory history, DetectionService detection, GapTable gaps, DetectionOptions options, TimeProvider time, ILogger<BacktestService> logger) : BackgroundService
{
    /// <summary>Backtests that wait; a further one is refused.</summary>
    public const int MostWaiting = 20;

    /// <summary>Those of which is known how they ended: the last ones.</summary>
    public const int MostKept = 100;

    /// <summary>Alerts that are raised at once; what would raise more is refused.</summary>
    public const int MostApplied = 1_000;

    private const int Samples = 10;

    private readonly Channel<BacktestJob> waiting = Channel.CreateBounded<BacktestJob>(MostWaiting);
    private readonly List<BacktestJob> jobs = [];
    private readonly Lock gate = new();

    /// <summary>Has a backtest run; null when too many wait.</summary>
    public BacktestJob? Add(BacktestRequest request)
    {
        var job = new BacktestJob(request, time.GetUtcNow());
        lock (gate)
        {
            if (!waiting.Writer.TryWrite(job))
            {
                job.Dispose();
                return null;
            }
            jobs.Add(job);
            if (jobs.Count > MostKept + MostWaiting && jobs.FindIndex(one => one.IsEnded) is >= 0 and var oldest)
            {
                jobs[oldest].Dispose();
                jobs.RemoveAt(oldest);
            }
            return job;
        }
    }

    /// <summary>A tenant's, the newest first.</summary>
    public IReadOnlyList<BacktestJob> List(TenantId tenant)
    {
        lock (gate)
        {
            return [.. jobs.Where(job => job.Request.Tenant == tenant).Reverse()];
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await foreach (var job in waiting.Reader.ReadAllAsync(stoppingToken))
        {
            job.Begin();
            try
            {
                using var ending = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, job.Token);
                await RunAsync(job, ending.Token);
                job.End(BacktestState.Done, null, time.GetUtcNow());
            }
            catch (OperationCanceledException)
            {
                job.End(BacktestState.Cancelled, null, time.GetUtcNow());
            }
            catch (BacktestException error)
            {
                job.End(BacktestState.Failed, error.Message, time.GetUtcNow());
            }
            // A backtest that fails takes nothing else with it.
            catch (Exception error)
            {
                Log.Failed(logger, job.Id, error);
                job.End(BacktestState.Failed, error is QueryException ? error.Message : $"The events could not be read; the log of the server says more under {job.Id}", time.GetUtcNow());
            }
        }
    }

    private async Task RunAsync(BacktestJob job, CancellationToken cancellation)
    {
        var request = job.Request;
        var saved = Begin(request.Saved, request.Time.From);
        var draft = Begin(request.Draft, request.Time.From);
        Backtest[] both = [.. new[] { saved, draft }.OfType<Backtest>()];
        var filter = new Filter.Or([.. both.Select(one => one.Filter)]);
        // What says it is yet to come is there too.
        var (from, to) = (request.Time.From, Math.Max(request.Time.From + 1, Math.Min(request.Time.To, Instant.Now(time))));
        await foreach (var (batch, noneBefore) in store.SweepAsync(new SweepRequest(request.Tenant, request.Time with { From = Math.Max(Instant.Min, from - both.Max(one => one.Reach)) }, filter), cancellation))
        {
            using (batch)
            {
                foreach (var one in both)
                {
                    await one.LookAsync(batch, log.Durable.Log, noneBefore, cancellation);
                }
                job.Passed(batch.Count, (double)(noneBefore - from) / (to - from));
            }
            if (both.Select(one => one.WhySetAside).FirstOrDefault(why => why is not null) is { } why)
            {
                throw new BacktestException(why);
            }
            if (Array.Exists(both, one => one.IsFull))
            {
                throw new BacktestException($"More than {Backtest.MostAlerts:N0} alerts, with {job.Progress * 100:F0} % of the events looked at: the rule needs a group_by, a threshold or a narrower query");
            }
        }
        foreach (var one in both)
        {
            await one.EndAsync(cancellation);
        }
        job.Saved = saved is null ? null : await OutcomeAsync(request.Tenant, saved);
        job.Draft = draft is null ? null : await OutcomeAsync(request.Tenant, draft);
        if (request.Apply)
        {
            var alerts = job.Saved!.Alerts;
            job.Applied = alerts.Count <= MostApplied
                ? await detection.RaiseAsync(alerts, cancellation)
                : throw new BacktestException($"It would raise {alerts.Count:N0} alerts, and at most {MostApplied:N0} are raised at once: none were. Take less time, or a narrower rule");
            await gaps.FillAsync(request.Tenant, request.Saved!.Looked[0].Id, request.Time.From, request.Time.To, Instant.Now(time), cancellation);
        }
    }

    private Backtest? Begin(BacktestRules? of, long from) => of is null ? null : new Backtest(of.Rules, of.Looked, options.Security4688, time) { From = from };

    private async Task<BacktestOutcome> OutcomeAsync(TenantId tenant, Backtest of)
    {
        var (alerts, samples) = (of.Alerts, new Dictionary<string, string>());
        foreach (var alert in alerts.OrderByDescending(alert => alert.Count).Take(Samples))
        {
            if (alert.Evidence is [var first, ..] && await history.ShowAsync(tenant, first) is { } shown)
            {
                samples[alert.Fingerprint] = shown;
            }
        }
        return new BacktestOutcome(alerts, of.Matches, of.Evicted, time.GetElapsedTime(0, of.Ticks), samples);
    }

    public override void Dispose()
    {
        base.Dispose();
        jobs.ForEach(job => job.Dispose());
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The backtest {Job} failed")]
        public static partial void Failed(ILogger logger, Guid job, Exception error);
    }
}

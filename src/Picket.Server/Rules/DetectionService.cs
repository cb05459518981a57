using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Picket.Detection;
using Picket.Detection.Alerts;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Detection.Windows;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Log;
using Picket.Metastore;
using Picket.Server.Alerts;

namespace Picket.Server.Rules;

/// <summary>
/// Runs rules over the log behind its cursor. What matched, what that changed of alerts and how far it has read are one transaction, so after a crash it goes on exactly there; a
/// changed rule holds behind the position at which it was taken, and an alert is closed between two batches. Thread-safe.
/// </summary>
public sealed partial class DetectionService(
    IEventLog log, RuleTable rules, ExceptionTable exceptions, ListTable lists, RuleTexts texts, DetectorStore written, AlertTable alerts, WatchedTable watched, CursorTable cursors, GapTable gaps, TenantTable tenants, StoredHistory history, WindowSnapshots snapshots, AlertHub hub, DetectionOptions options, TimeProvider time,
    ILogger<DetectionService> logger) : BackgroundService
{
    private const string Reader = "detector";

    // How often windows that wait for further events are looked at while none come.
    private static readonly TimeSpan Waits = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Watches = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // How much earlier than one that is stored before it an event may have been received: requests wait for room; ns.
    private const long OutOfOrder = 10 * Instant.PerSecond;

    private readonly Findings found = new(written, history, time);
    private readonly Lock gate = new();
    private readonly SetAsideRules setAside = new();
    private readonly BetweenBatches between = new();
    private readonly Turns turns = new(TimeProvider.System);
    private LiveRules? live;
    private RuleMatcher? matcher;
    private AlertBook book = new();
    private Detector detector = new(new AlertBook());
    private bool isStale = true;
    private bool isRefined;
    private bool closesAlerts = true;

    // When an exception or a value of a list expires; ns since 1970.
    private long staleAt = long.MaxValue;
    private LogPosition at;
    private long? lastReceived;
    private long lastWatched;
    private MatchCounts before;
    private long through;
    private long lookedAt;
    private long failures;
    private long raised;

    /// <summary>Events that are stored and not looked at yet.</summary>
    public long Behind => Math.Max(0, (long)log.Durable.Seq - Volatile.Read(ref through));

    /// <summary>When events were looked at last, or there were none to look at; ns since 1970, null before the first time.</summary>
    public long? LookedAt => Volatile.Read(ref lookedAt) is > 0 and var at ? Behind == 0 ? Instant.Now(time) : at : null;

    /// <summary>How many rules are run, for all tenants together.</summary>
    public int Active => live?.Active ?? 0;

    /// <summary>Rules that are not run any more because they failed or took too long.</summary>
    public int SetAside => setAside.Count;

    /// <summary>How often reading or writing failed and was begun again.</summary>
    public long Failures => Interlocked.Read(ref failures);

    /// <summary>What has been done since the start, rules of before included.</summary>
    public MatchCounts Counts { get; private set; }

    /// <summary>How late events are.</summary>
    internal LatenessMeter Lateness { get; } = new();

    /// <summary>What windows have in memory, and what they read back.</summary>
    internal Detector Detector => detector;

    /// <summary>Alerts raised since the start.</summary>
    public long Raised => Interlocked.Read(ref raised);

    /// <summary>
    /// Closes an alert. What is stored by now belongs to it, even if it was not looked at yet; what comes later raises a further one.
    /// </summary>
    /// <returns>The alert, and whether it was closed now; null when there is none.</returns>
    public Task<(Alert? Alert, bool IsNew)> CloseAsync(AlertClose close, CancellationToken cancellation) => between.AskAsync(() => CloseNowAsync(close), cancellation);

    /// <summary>Raises alerts of what happened before, where there are none. Further events count in them.</summary>
    /// <returns>How many were raised, and how many were there.</returns>
    public Task<(int Raised, int Known)> RaiseAsync(IReadOnlyList<AlertChange> changes, CancellationToken cancellation) => between.AskAsync(
        async () =>
        {
            var made = await written.RaiseAsync(changes, at.Seq, VersionOf, history.ShowAsync, CancellationToken.None);
            foreach (var (_, change) in made)
            {
                detector.Stand(change);
            }
            await PublishAsync([.. made.Select(one => one.Alert)], CancellationToken.None);
            return (made.Count, changes.Count - made.Count);
        },
        cancellation);

    /// <summary>Says what a scheduled rule found, and writes it with how far that is now.</summary>
    /// <returns>False where the rule was changed or an alert closed since it was looked at: it must be looked at again.</returns>
    internal Task<bool> TellAsync(ScheduledLook look, ScheduledMark mark, CancellationToken cancellation) => between.AskAsync(
        async () =>
        {
            if (!IsRun(look.Tenant, look.Rule) || !detector.TryTell(look, Instant.Now(time)))
            {
                return false;
            }
            await WriteAsync((look.Tenant, look.Rule.Id, mark, look.Highest), CancellationToken.None);
            return true;
        },
        cancellation);

    /// <summary>Has changed rules taken at once, not with the next event.</summary>
    public void RulesChanged() => between.Wake();

    /// <summary>Has changed exceptions and lists taken at once.</summary>
    public void RefinementsChanged()
    {
        lock (gate)
        {
            isRefined = true;
        }
        between.Wake();
    }

    /// <summary>Whether there are scheduled rules; null before any rules are known.</summary>
    internal bool? IsScheduling => live is { } now ? now.Scheduled.Count > 0 : null;

    /// <summary>The scheduled rules that are run for each of some tenants.</summary>
    internal IReadOnlyList<(TenantId Tenant, Rule Rule)> ScheduledOf(IEnumerable<TenantId> some) =>
        live is { } now ? [.. some.SelectMany(tenant => now.Scheduled.Where(one => now.Tenants.Contains(tenant, one.Place) && !setAside.Has(one.Rule)).Select(one => (tenant, one.Rule)))] : [];

    /// <summary>Whether a rule is run for a tenant, as it is here.</summary>
    internal bool IsRun(TenantId tenant, Rule rule) => live is { } now && IsOf(now, tenant, rule) && !setAside.Has(rule);

    /// <summary>Has a rule not run any more.</summary>
    internal Task SetAsideAsync(Rule rule, string reason, CancellationToken cancellation) => between.AskAsync(
        () =>
        {
            if (matcher?.TrySetAside(rule) == true)
            {
                Blame(rule, reason);
            }
            return Task.FromResult(true);
        },
        cancellation);

    /// <summary>Why a rule is not run any more; null for one that is.</summary>
    internal string? WhySetAside(TenantId tenant, string id) =>
        live is { } now ? now.Broken.GetValueOrDefault((tenant, id)) ?? setAside.Why(id, rule => IsOf(now, tenant, rule)) : null;

    /// <summary>What a tenant's rule has taken since the rules last changed, over all who have it alike.</summary>
    internal RuleCost CostOf(TenantId tenant, string id)
    {
        LiveRules? now;
        RuleMatcher? running;
        // Both of one moment: places of one mean nothing to another.
        lock (gate)
        {
            (now, running) = (live, matcher);
        }
        for (var place = 0; now is not null && running is not null && place < now.Set.Rules.Count; place++)
        {
            if (now.Set.Rules[place].Id == id && now.Tenants.Contains(tenant, place))
            {
                return running.CostAt(place);
            }
        }
        return default;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                // The server stops.
            }
            // The top of the loop: what it did not write it finds again.
            catch (Exception error)
            {
                Interlocked.Increment(ref failures);
                Log.Failed(logger, error);
                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        found.Clear();
        // Nothing is missing for the time in which nobody looked.
        var away = time.GetUtcNow() - (await cursors.HeardOfAsync(Reader, stopping) ?? time.GetUtcNow());
        at = await BeginAsync(stopping);
        book = new AlertBook();
        detector = new Detector(book, history, lateness: options.Lateness);
        isStale = true;
        var isResumed = false;
        while (true)
        {
            var renewed = between.Renew();
            await LoadAsync(stopping);
            if (!isResumed)
            {
                await ResumeAsync(stopping);
                detector.ResumeWatched(await watched.AllAsync(stopping), Math.Max(0, away.Ticks * 100));
                isResumed = true;
            }
            await between.AnswerAsync();
            Volatile.Write(ref lookedAt, Instant.Now(time));
            if (ClockOfEvents() is { } clock)
            {
                await detector.GoOnAsync(clock, stopping);
                detector.LookForAbsent(clock);
            }
            if (!book.IsEmpty)
            {
                await WriteAsync(stopping);
            }
            await CloseResolvedAsync(stopping);
            await SaveWindowsAsync(isLast: false);
            using var looking = new CancellationTokenSource(detector.IsWaiting || detector.IsWatching || closesAlerts || snapshots.IsBehind(at) || staleAt < long.MaxValue ? Waits : Timeout.InfiniteTimeSpan, time);
            using var wake = CancellationTokenSource.CreateLinkedTokenSource(stopping, renewed, looking.Token);
            try
            {
                await foreach (var entry in log.ReadAsync(at, wake.Token))
                {
                    Task turn;
                    using (entry)
                    {
                        turns.Begin();
                        // A rule holds for every event that is sent after its change was answered: it is taken before this batch is looked at.
                        wake.Token.ThrowIfCancellationRequested();
                        await LookAsync(entry.Batch, stopping);
                        turn = turns.EndAsync(log.Durable.Seq - at.Seq, log.Durable.Seq, wake.Token);
                    }
                    var isFound = !found.IsEmpty || !book.IsEmpty;
                    if (found.IsDue(isFound, log.Durable.Seq - at.Seq))
                    {
                        await WriteAsync(CancellationToken.None);
                        isFound = false;
                    }
                    // With nothing found there is nothing to wait for.
                    if (!isFound)
                    {
                        Volatile.Write(ref through, (long)at.Seq);
                    }
                    await SaveWindowsAsync(isLast: false);
                    await turn;
                }
            }
            catch (OperationCanceledException)
            {
                await WriteAsync(CancellationToken.None);
                Volatile.Write(ref through, (long)at.Seq);
                if (stopping.IsCancellationRequested)
                {
                    await SaveWindowsAsync(isLast: true);
                }
                stopping.ThrowIfCancellationRequested();
            }
        }
    }

    // While there is something left to look at, it is as late as what was looked at: what seems to be missing may be there. Null where nothing was looked at yet.
    private long? ClockOfEvents() => at.Seq >= log.Durable.Seq ? Instant.Now(time) : lastReceived - OutOfOrder;

    private async Task<(Alert? Alert, bool IsNew)> CloseNowAsync(AlertClose close)
    {
        var last = Math.Max(log.Durable.Seq, at.Seq);
        var (alert, closed) = await alerts.CloseAsync(close, last, CancellationToken.None);
        foreach (var fingerprint in closed)
        {
            detector.Close(alert!.Tenant, fingerprint, last);
        }
        if (closed.Count > 0)
        {
            hub.Publish(alert!);
        }
        return (alert, closed.Count > 0);
    }

    // What is still to be looked at may make a rule hold on.
    private async Task CloseResolvedAsync(CancellationToken cancellation)
    {
        if (!closesAlerts || at.Seq < log.Durable.Seq)
        {
            return;
        }
        foreach (var (tenant, id) in await alerts.ResolvedAsync(cancellation))
        {
            await CloseNowAsync(new AlertClose(tenant, id, "picket", null, "Its rule held no more (auto_close)", null));
        }
    }

    private async Task LoadAsync(CancellationToken cancellation)
    {
        lock (gate)
        {
            isStale |= isRefined || Instant.Now(time) >= staleAt;
            isRefined = false;
        }
        if (!isStale && !await rules.AnyWaitingAsync(cancellation))
        {
            return;
        }
        // Until it is done: what is taken waits no more, and must be loaded though this fails.
        isStale = true;
        var refinements = await Refinements.LoadAsync(exceptions, lists, Instant.Now(time), cancellation);
        staleAt = refinements.ExpireAt ?? long.MaxValue;
        var loaded = LiveRules.Load(await rules.TakeAsync(at, cancellation), texts, refinements, options);
        var running = new RuleMatcher(loaded.Set, time, loaded.Tenants, Blame);
        lock (gate)
        {
            before = Counts;
            (live, matcher) = (loaded, running);
        }
        // What has not changed is no better than it was.
        setAside.Keep(running.TrySetAside);
        await gaps.EndAsync((tenant, id) => WhySetAside(tenant, id) is not null, Instant.Now(time), cancellation);
        detector.Use(loaded.Set, running, time, loaded.Tenants, loaded.Inputs.GetValueOrDefault, (tenant, rule) => loaded.HoldsAfter.GetValueOrDefault((tenant, rule.Id)));
        isStale = false;
        closesAlerts = loaded.Set.Rules.Any(rule => rule.Alerts.AutoClose);
        Log.Loaded(logger, loaded.Active, at);
    }

    private void Blame(Rule rule, string reason)
    {
        setAside.Add(rule, reason);
        Log.RuleSetAside(logger, rule.Title, rule.Id, at, reason);
    }

    private async ValueTask LookAsync(EventBatch batch, CancellationToken cancellation)
    {
        await detector.LookAsync(batch, at.Log, cancellation);
        foreach (var (rule, reason) in setAside.TakeNew())
        {
            await gaps.AddAsync(await RunByAsync(rule, cancellation), rule.Id, new Gap(Earliest(batch), null, reason, null), cancellation);
        }
        found.Add(batch, detector.Matches, VersionOf);
        at = at with { Seq = batch.Seqs[^1] };
        lastReceived = Math.Max(lastReceived ?? long.MinValue, batch.Received[^1]);
        Volatile.Write(ref lookedAt, Instant.Now(time));
        Lateness.Add(batch);
        Counts = before + matcher!.Counts;
    }

    private async Task<IEnumerable<TenantId>> RunByAsync(Rule rule, CancellationToken cancellation) => (await tenants.AllAsync(cancellation)).Where(tenant => IsOf(live!, tenant, rule));

    private static long Earliest(EventBatch batch)
    {
        var earliest = long.MaxValue;
        foreach (var time in batch.Times)
        {
            earliest = Math.Min(earliest, time);
        }
        return earliest;
    }

    private int VersionOf(TenantId tenant, string rule) => live!.Versions.GetValueOrDefault((tenant, rule), 1);

    private Task WriteAsync(CancellationToken cancellation) => WriteAsync(null, cancellation);

    private async Task WriteAsync((TenantId, string, ScheduledMark, decimal?)? scheduled, CancellationToken cancellation)
    {
        var changes = await found.WriteAsync(
            matches => new DetectorStore.Commit(Reader, at, matches, book.Changes) { Settled = detector.Settled, Watched = TakeWatched(), Scheduled = scheduled }, VersionOf, cancellation);
        book.Written(at.Seq);
        await PublishAsync(changes, cancellation);
    }

    private async Task PublishAsync(IReadOnlyCollection<WrittenAlert> changes, CancellationToken cancellation)
    {
        Interlocked.Add(ref raised, changes.Count(alert => alert.IsNew));
        if (changes.Count == 0 || !hub.IsHeard)
        {
            return;
        }
        // Of more than a listener has room for the first are missed: what is new comes last.
        foreach (var alert in await alerts.ManyAsync([.. changes.OrderBy(alert => alert.IsNew).Select(alert => alert.Id)], cancellation))
        {
            hub.Publish(alert);
        }
    }

    // What is new or told of at once; else now and then, for a start that knows them as of some seconds ago waits no less.
    private IReadOnlyCollection<Watched> TakeWatched()
    {
        if (!detector.MustWriteWatched && time.GetElapsedTime(lastWatched) < Watches)
        {
            return [];
        }
        lastWatched = time.GetTimestamp();
        return detector.TakeWatched();
    }

    private static bool IsOf(LiveRules now, TenantId tenant, Rule rule)
    {
        for (var place = 0; place < now.Set.Rules.Count; place++)
        {
            if (ReferenceEquals(now.Set.Rules[place], rule))
            {
                return now.Tenants.Contains(tenant, place);
            }
        }
        return false;
    }

    public override void Dispose()
    {
        between.Dispose();
        found.Dispose();
        base.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(4, LogLevel.Information, "Rules go on behind event {Seq}, with {Groups} groups and {Events} events of them in windows, after {Seconds:N1} s")]
        public static partial void Resumed(ILogger logger, ulong seq, int groups, long events, double seconds);

        [LoggerMessage(1, LogLevel.Information, "Rules that are run: {Rules}, for events behind {Position}")]
        public static partial void Loaded(ILogger logger, int rules, LogPosition position);

        [LoggerMessage(2, LogLevel.Error, "Running rules failed. It is begun again behind what was written; when this comes again and again, look at the disk of the metastore")]
        public static partial void Failed(ILogger logger, Exception error);

        [LoggerMessage(3, LogLevel.Error, "The rule {Title} ({Id}) is not run any more, for events behind {Position}: {Reason}. Change it, or turn it off and on again, to have it run; its page names the gap, which picket rules backtest --apply fills")]
        public static partial void RuleSetAside(ILogger logger, string title, string id, LogPosition position, string reason);
    }
}

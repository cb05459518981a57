
namespace Picket.Server.Backtests;

/// <summary>How far a backtest is.</summary>
internal enum BacktestState : byte
{
    Waiting,
    Running,
    Done,
    Cancelled,
    Failed,
}

/// <summary>A backtest, and how far it is. What tells its progress may be read while it runs. Thread-safe.</summary>
internal sealed class BacktestJob(BacktestRequest request, DateTimeOffset created) : IDisposable
{
    private readonly CancellationTokenSource cancelled = new();
    private long read;
    private double progress;

    public Guid Id { get; } = Guid.CreateVersion7(created);

    public BacktestRequest Request { get; } = request;

    public DateTimeOffset Created { get; } = created;

    public DateTimeOffset? Ended { get; private set; }

    public BacktestState State { get; private set; }

    /// <summary>Why it failed.</summary>
    public string? Error { get; private set; }

    /// <summary>Cancelled when somebody wants no more of it.</summary>
    public CancellationToken Token => cancelled.Token;

    /// <summary>Events that were looked at: those that a rule may match.</summary>
    public long Read => Interlocked.Read(ref read);

    /// <summary>How much of what is stored was looked at, 0 to 1.</summary>
    public double Progress => State == BacktestState.Done ? 1 : Math.Clamp(Volatile.Read(ref progress), 0, 1);

    public BacktestOutcome? Saved { get; set; }

    public BacktestOutcome? Draft { get; set; }

    /// <summary>Alerts that were raised, and that were there already, where they were to be raised.</summary>
    public (int Raised, int Known)? Applied { get; set; }

    public bool IsEnded => State is BacktestState.Done or BacktestState.Cancelled or BacktestState.Failed;

    public void Begin() => State = BacktestState.Running;

    public void Passed(int events, double part)
    {
        Interlocked.Add(ref read, events);
        Volatile.Write(ref progress, part);
    }

    public void Cancel() => cancelled.Cancel();

    public void End(BacktestState state, string? error, DateTimeOffset now) => (Ended, Error, State) = (now, error, state);

    public void Dispose() => cancelled.Dispose();
}

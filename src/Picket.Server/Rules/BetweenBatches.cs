namespace Picket.Server.Rules;

/// <summary>What others have the detector do, which only it can: done between two batches of events. Thread-safe, but for its disposal.</summary>
internal sealed class BetweenBatches : IDisposable
{
    private readonly Queue<(Func<Task> Do, Action Cancel)> asked = [];
    private readonly Lock gate = new();
    private CancellationTokenSource woken = new();

    /// <summary>Has something done, and waits for what comes of it.</summary>
    public async Task<T> AskAsync<T>(Func<Task<T>> answer, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            asked.Enqueue((AnswerAsync, () => done.TrySetCanceled(CancellationToken.None)));
        }
        Wake();
        return await done.Task.WaitAsync(cancellation);

        async Task AnswerAsync()
        {
            try
            {
                done.SetResult(await answer());
            }
            catch (Exception error)
            {
                done.SetException(error);
                throw;
            }
        }
    }

    /// <summary>Has the detector leave what it waits for.</summary>
    public void Wake()
    {
        lock (gate)
        {
            woken.Cancel();
        }
    }

    /// <summary>Cancelled with the next <see cref="Wake"/>.</summary>
    public CancellationToken Renew()
    {
        lock (gate)
        {
            if (woken.IsCancellationRequested)
            {
                woken.Dispose();
                woken = new CancellationTokenSource();
            }
            return woken.Token;
        }
    }

    /// <summary>Does all that was asked for by now.</summary>
    public async Task AnswerAsync()
    {
        while (Next() is { Do: { } next })
        {
            await next();
        }
    }

    /// <summary>Nothing is done any more.</summary>
    public void Dispose()
    {
        while (Next() is { Cancel: { } cancel })
        {
            cancel();
        }
        woken.Dispose();
    }

    private (Func<Task>? Do, Action? Cancel) Next()
    {
        lock (gate)
        {
            return asked.TryDequeue(out var next) ? next : default;
        }
    }
}

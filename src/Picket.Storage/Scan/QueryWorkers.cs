using System.Collections.Concurrent;

namespace Picket.Storage.Scan;

/// <summary>The engine's own threads for questions: synchronous work stays off the pool that serves connections.</summary>
internal sealed class QueryWorkers : IDisposable
{
    private readonly BlockingCollection<Action> queue = [];
    private readonly Thread[] threads;

    public QueryWorkers(int count)
    {
        threads = [.. Enumerable.Range(0, count).Select(i => new Thread(Run) { IsBackground = true, Name = $"picket-query-{i}" })];
        Array.ForEach(threads, thread => thread.Start());
    }

    /// <summary>Runs it on one of the threads; a question cancelled before its turn is not begun.</summary>
    public Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        queue.Add(() =>
        {
            try
            {
                cancellation.ThrowIfCancellationRequested();
                done.SetResult(work());
            }
            catch (OperationCanceledException)
            {
                done.SetCanceled(cancellation);
            }
            catch (Exception error)
            {
                done.SetException(error);
            }
        }, CancellationToken.None);
        return done.Task;
    }

    public void Dispose()
    {
        queue.CompleteAdding();
        Array.ForEach(threads, thread => thread.Join());
        queue.Dispose();
    }

    private void Run()
    {
        foreach (var work in queue.GetConsumingEnumerable())
        {
            work();
        }
    }
}

using Picket.Events;
using Picket.Query.Store;

namespace Picket.Storage.Scan;

/// <summary>
/// The engine's own threads for questions: synchronous work stays off the pool that serves connections. Tenants take turns, and one tenant has at most
/// <see cref="Limits.QueryThreadsOfTenant"/> threads, so that one who asks much does not keep the others waiting. Thread-safe.
/// </summary>
internal sealed class QueryWorkers : IDisposable
{
    private readonly object gate = new(); // Not a Lock: threads wait on it.
    private readonly Dictionary<uint, Queue<Action>> waiting = [];
    private readonly LinkedList<uint> turns = [];
    private readonly Dictionary<uint, int> running = [];
    private readonly Queue<Action> parts = [];
    private readonly Thread[] threads;
    private bool stopping;

    public QueryWorkers(int count)
    {
        threads = [.. Enumerable.Range(0, count).Select(i => new Thread(Run) { IsBackground = true, Name = $"picket-query-{i}" })];
        Array.ForEach(threads, thread => thread.Start());
    }

    /// <summary>Questions that wait for a thread.</summary>
    public int Waiting { get; private set; }

    /// <summary>Questions refused because too many waited.</summary>
    public long Refused { get; private set; }

    /// <summary>Runs it on one of the threads; a question cancelled before its turn is not begun.</summary>
    /// <exception cref="QueryException">Too many wait.</exception>
    public Task<T> RunAsync<T>(TenantId tenant, Func<T> work, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Work()
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
        }
        lock (gate)
        {
            if (Waiting >= Limits.QueriesWaiting)
            {
                Refused++;
                throw new QueryException(QueryException.Overloaded, "Too many questions are waiting. Ask again in a moment.");
            }
            if (!waiting.TryGetValue(tenant.Number, out var queue))
            {
                waiting.Add(tenant.Number, queue = []);
                turns.AddLast(tenant.Number);
            }
            queue.Enqueue(Work);
            Waiting++;
            Monitor.Pulse(gate);
        }
        return done.Task;
    }

    /// <summary>
    /// Runs the work on this thread as part 0 and, as far as other threads are idle, on them as further parts; returns when all have ended. The first exception of any is thrown.
    /// </summary>
    public void RunParts(Action<int> work)
    {
        var helpers = Math.Min(threads.Length, Environment.ProcessorCount) - 1;
        var (begun, open, ended) = (0, true, 0);
        var own = new object();
        Exception? failed = null;
        lock (gate)
        {
            for (var i = 0; i < helpers; i++)
            {
                parts.Enqueue(() =>
                {
                    int part;
                    lock (own)
                    {
                        if (!open)
                        {
                            return;
                        }
                        part = ++begun;
                    }
                    try
                    {
                        work(part);
                    }
                    catch (Exception error)
                    {
                        failed ??= error;
                    }
                    lock (own)
                    {
                        ended++;
                        Monitor.PulseAll(own);
                    }
                });
            }
            Monitor.PulseAll(gate);
        }
        try
        {
            work(0);
        }
        finally
        {
            lock (own)
            {
                // Whoever has not begun by now finds nothing left to do.
                open = false;
                while (ended < begun)
                {
                    Monitor.Wait(own);
                }
            }
        }
        if (failed is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failed);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            stopping = true;
            Monitor.PulseAll(gate);
        }
        Array.ForEach(threads, thread => thread.Join());
    }

    private void Run()
    {
        while (true)
        {
            Action? work;
            uint? tenant = null;
            lock (gate)
            {
                while ((work = Next(out tenant)) is null)
                {
                    if (stopping)
                    {
                        return;
                    }
                    Monitor.Wait(gate);
                }
            }
            work();
            lock (gate)
            {
                if (tenant is { } number && --running[number] == 0)
                {
                    running.Remove(number);
                }
                Monitor.Pulse(gate);
            }
        }
    }

    // Questions first, then parts of those that run.
    private Action? Next(out uint? tenant)
    {
        for (var turn = turns.First; turn is not null; turn = turn.Next)
        {
            var number = turn.Value;
            if (running.GetValueOrDefault(number) >= Limits.QueryThreadsOfTenant)
            {
                continue;
            }
            var queue = waiting[number];
            var work = queue.Dequeue();
            turns.Remove(turn);
            if (queue.Count > 0)
            {
                turns.AddLast(turn);
            }
            else
            {
                waiting.Remove(number);
            }
            running[number] = running.GetValueOrDefault(number) + 1;
            Waiting--;
            tenant = number;
            return work;
        }
        tenant = null;
        return parts.TryDequeue(out var part) ? part : null;
    }
}

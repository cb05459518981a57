using Picket.Events;
using Picket.Events.Batches;
using Picket.Storage.Log;

namespace Picket.Storage.Memory;

/// <summary>What is durable in the log and not yet in segments: the generation that grows, and those sealed and waiting for their flush. Thread-safe.</summary>
internal sealed class GenerationChain(long generationBytes, ulong last, TimeProvider time) : IDisposable
{
    private readonly object gate = new(); // Not a Lock: the commit loop waits on it.
    private readonly List<Generation> waiting = [];
    private Generation active = new();
    private ulong last = last;
    private long lastAppend = Instant.Now(time);
    private bool stopping;
    private TaskCompletionSource appended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Number of the last durable event.</summary>
    public ulong Last
    {
        get
        {
            lock (gate)
            {
                return last;
            }
        }
    }

    public long Bytes
    {
        get
        {
            lock (gate)
            {
                return active.Bytes + waiting.Sum(generation => generation.Bytes);
            }
        }
    }

    public int Waiting
    {
        get
        {
            lock (gate)
            {
                return waiting.Count;
            }
        }
    }

    public bool IsEmpty
    {
        get
        {
            lock (gate)
            {
                return active.IsEmpty && waiting.Count == 0;
            }
        }
    }

    /// <summary>The growing generation has grown enough, and there is room for it to wait.</summary>
    public bool WantsRoll
    {
        get
        {
            lock (gate)
            {
                return active.Bytes > generationBytes && waiting.Count < Limits.WaitingGenerations;
            }
        }
    }

    /// <summary>The oldest sealed generation; null when none waits.</summary>
    public Generation? Oldest
    {
        get
        {
            lock (gate)
            {
                return waiting.FirstOrDefault();
            }
        }
    }

    /// <summary>Events are in memory and none has come for so long.</summary>
    public bool IsIdleFor(TimeSpan idle)
    {
        lock (gate)
        {
            return !active.IsEmpty && Instant.Now(time) - lastAppend > idle.Ticks * 100;
        }
    }

    /// <summary>Waits while memory is full; false when it still is.</summary>
    public bool WaitForRoom(TimeSpan patience)
    {
        lock (gate)
        {
            var until = time.GetTimestamp();
            while (active.Bytes > generationBytes && waiting.Count >= Limits.WaitingGenerations && !stopping)
            {
                var left = patience - time.GetElapsedTime(until);
                if (left <= TimeSpan.Zero || !Monitor.Wait(gate, left))
                {
                    return active.Bytes <= generationBytes || waiting.Count < Limits.WaitingGenerations;
                }
            }
            return true;
        }
    }

    /// <summary>A batch is durable; it is the chain's now.</summary>
    public void Add(EventBatch batch, RecordNotes notes)
    {
        TaskCompletionSource waiters;
        lock (gate)
        {
            last += (ulong)batch.Count;
            lastAppend = Instant.Now(time);
            active.Add(batch, notes);
            waiters = appended;
            appended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        waiters.SetResult();
    }

    /// <summary>What recovery read from the log.</summary>
    public void AddRecovered(EventBatch batch, RecordNotes notes)
    {
        lock (gate)
        {
            last = batch.Count > 0 ? batch.Seqs[^1] : last;
            active.Add(batch, notes);
        }
    }

    /// <summary>Begins a new generation; false when the one there is empty.</summary>
    public bool Seal()
    {
        lock (gate)
        {
            if (active.IsEmpty)
            {
                return false;
            }
            waiting.Add(active);
            active = new Generation();
            return true;
        }
    }

    /// <summary>It is in segments now. The caller disposes it.</summary>
    public void Remove(Generation generation)
    {
        lock (gate)
        {
            waiting.Remove(generation);
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Handles on all batches, in order, and the number of the last event in them or before.</summary>
    public List<HeldBatch> Share(out ulong through)
    {
        lock (gate)
        {
            through = last;
            return [.. waiting.Append(active).SelectMany(generation => generation.Share())];
        }
    }

    /// <summary>Completes when there is an event after this number.</summary>
    public Task WaitPast(ulong seq)
    {
        lock (gate)
        {
            return last > seq ? Task.CompletedTask : appended.Task;
        }
    }

    /// <summary>Nobody is to wait for room any more.</summary>
    public void Stop()
    {
        lock (gate)
        {
            stopping = true;
            Monitor.PulseAll(gate);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            active.Dispose();
            waiting.ForEach(generation => generation.Dispose());
        }
    }
}

using Picket.Query.Store;

namespace Picket.Query.Aggregates;

/// <summary>
/// The memory that one question takes for its answer, charged to what all questions share. At the bound the question that asks for more is ended; the others go
/// on. Disposing it gives all back. Not thread-safe; the shared count is.
/// </summary>
public sealed class AnswerMemory(AnswerMemory.Shared shared) : IDisposable
{
    private readonly List<IDisposable> owned = [];
    private long taken;

    /// <summary>What all questions hold.</summary>
    public sealed class Shared(long capacity)
    {
        private long inUse;
        private long refused;

        /// <summary>What a question may count on: who asks for no more is never at fault itself.</summary>
        internal long FairShare => capacity / 8;

        public long InUse => Interlocked.Read(ref inUse);

        /// <summary>Questions ended because there was no memory for them.</summary>
        public long Refused => Interlocked.Read(ref refused);

        internal bool TryTake(long bytes)
        {
            if (Interlocked.Add(ref inUse, bytes) <= capacity)
            {
                return true;
            }
            Interlocked.Add(ref inUse, -bytes);
            Interlocked.Increment(ref refused);
            return false;
        }

        internal void Give(long bytes) => Interlocked.Add(ref inUse, -bytes);
    }

    /// <exception cref="QueryException">There is no more: too large, or, of a small question, overloaded.</exception>
    public void Take(long bytes)
    {
        if (!shared.TryTake(bytes))
        {
            throw taken + bytes <= shared.FairShare
                ? new QueryException(QueryException.Overloaded, "Other questions hold the memory for answers. Ask again in a moment.")
                : new QueryException(
                    QueryException.TooLarge, "The answer takes more memory than questions may have. Group by a field with fewer or shorter values, ask for fewer events, or narrow the time or the filter.");
        }
        taken += bytes;
    }

    /// <summary>Has something disposed together with this.</summary>
    internal T Own<T>(T memory) where T : IDisposable
    {
        owned.Add(memory);
        return memory;
    }

    public void Dispose()
    {
        owned.ForEach(memory => memory.Dispose());
        owned.Clear();
        shared.Give(taken);
        taken = 0;
    }
}

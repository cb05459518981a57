using Picket.Query.Store;

namespace Picket.Query.Aggregates;

/// <summary>
/// The memory that one question takes for its answer, charged to what all questions share. At the bound the question that asks for more is ended; the others go
/// on. Disposing it gives all back. Not thread-safe; the shared count is.
/// </summary>
public sealed class AnswerMemory(AnswerMemory.Shared shared) : IDisposable
{
    private long taken;

    /// <summary>What all questions hold.</summary>
    public sealed class Shared(long capacity)
    {
        private long inUse;
        private long refused;

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

    /// <exception cref="QueryException">There is no more.</exception>
    public void Take(long bytes)
    {
        if (!shared.TryTake(bytes))
        {
            throw new QueryException(
                QueryException.TooLarge, "The answer takes more memory than questions may have. Group by a field with fewer or shorter values, ask for fewer events, or narrow the time or the filter.");
        }
        taken += bytes;
    }

    public void Dispose()
    {
        shared.Give(taken);
        taken = 0;
    }
}

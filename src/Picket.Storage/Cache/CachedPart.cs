namespace Picket.Storage.Cache;

/// <summary>
/// Something read from a segment and decoded: a column, a page of block headers, a directory. Counted references; the last to let go frees it, so what
/// the cache drops stays whole for whoever still reads it.
/// </summary>
internal abstract class CachedPart
{
    private int references = 1;

    /// <summary>Bytes of memory it takes, near enough.</summary>
    public abstract long Bytes { get; }

    public void Release()
    {
        if (Interlocked.Decrement(ref references) == 0)
        {
            Free();
        }
    }

    /// <summary>Only under the cache's lock, while the cache itself holds it.</summary>
    internal void Hold() => Interlocked.Increment(ref references);

    protected abstract void Free();
}

using Picket.Events.Batches;
using Picket.Storage.Files;

namespace Picket.Storage.Encodings;

/// <summary>
/// A way to write a column's entries. It is taken only where every entry comes back byte for byte; the kinds are kept beside it. Stateless.
/// </summary>
internal abstract class EntryEncoding
{
    /// <summary>The byte that names it in files.</summary>
    public abstract byte Id { get; }

    public virtual string Name => GetType().Name.ToLowerInvariant();

    /// <summary>Whether it is worth trying, by the look of the first entry.</summary>
    public abstract bool Suits(Value first);

    /// <summary>False when some entry would not come back as it is; what was appended then is to be cut off again.</summary>
    /// <param name="range">Where all entries are numbers: grown to hold them.</param>
    public abstract bool TryWrite(NativeBuffer into, Entries entries, ref NumberRange range);

    /// <summary>Appends the entries' text and ends. The kinds are there already.</summary>
    public abstract void Read(ref ByteReader reader, int count, ColumnMemory into);

    /// <summary>Where the entries are numbers over a power of ten: appends them, and gives the divisor. Otherwise 0.</summary>
    public virtual long ReadNumbers(ref ByteReader reader, int count, NativeBuffer into) => 0;
}

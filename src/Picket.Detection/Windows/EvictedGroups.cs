using System.Runtime.InteropServices;

namespace Picket.Detection.Windows;

/// <summary>
/// What fell out of memory of the groups that are not in it. Of the older half, when there are too many, is only known which they may be, and of the oldest only that there were some. Not
/// thread-safe.
/// </summary>
/// <param name="most">Of so many it is known what fell out.</param>
internal sealed class EvictedGroups(int most)
{
    // Of so many times as many more it is known that they may have; one in forty others is taken for one of them then.
    private const int Older = 4;
    private const int BitsOfOne = 8;

    // A snapshot of it has the seed too, so that it is not that of the process.
    private KeyHash hashing = KeyHash.New();

    // By 64-bit hashes from a seed nobody knows: among a million of them two are the same once in thirty million times.
    private readonly Dictionary<ulong, Missing> byHash = [];

    // A Bloom filter (Bloom 1970), each key four bits of it.
    private ulong[] older = [];
    private int olderCount;
    private long olderThrough = long.MinValue;
    private long forgottenThrough = long.MinValue;

    public void Add(ReadOnlySpan<byte> key, in Missing missing)
    {
        if (byHash.Count >= most)
        {
            ForgetHalf();
        }
        byHash[hashing.Of(key)] = missing;
    }

    /// <summary>What is missing of a group, which is in memory from now on.</summary>
    public Missing Take(ReadOnlySpan<byte> key)
    {
        var hash = hashing.Of(key);
        if (byHash.Remove(hash, out var missing))
        {
            return missing;
        }
        var through = MayBeOlder(hash) ? olderThrough : forgottenThrough;
        return through == long.MinValue ? Missing.Nothing : Missing.Before(through + 1);
    }

    public void Save(SnapshotWriter to)
    {
        hashing.Save(to);
        to.Write7BitEncodedInt(byHash.Count);
        foreach (var (hash, missing) in byHash)
        {
            to.Write(hash);
            to.WriteMissing(missing);
        }
        to.Write(olderCount);
        to.Write(olderThrough);
        to.Write(forgottenThrough);
        to.WriteBytes(MemoryMarshal.AsBytes(older.AsSpan()));
    }

    /// <summary>Takes what was written down; where there is nothing yet, and of as many.</summary>
    public void Restore(SnapshotReader from)
    {
        hashing = KeyHash.Read(from);
        for (var left = from.Read7BitEncodedInt(); left > 0; left--)
        {
            byHash.Add(from.ReadUInt64(), from.ReadMissing());
        }
        (olderCount, olderThrough, forgottenThrough) = (from.ReadInt32(), from.ReadInt64(), from.ReadInt64());
        older = MemoryMarshal.Cast<byte, ulong>(from.ReadBytes()).ToArray();
    }

    private void ForgetHalf()
    {
        var through = byHash.Values.Select(missing => missing.Through).Order().ElementAt(byHash.Count / 2);
        if (olderCount > Older * most)
        {
            forgottenThrough = olderThrough;
            Array.Clear(older);
            olderCount = 0;
        }
        olderThrough = Math.Max(olderThrough, through);
        older = older.Length == 0 ? new ulong[BitsOfOne * (Older + 1) * most / 64 + 1] : older;
        foreach (var (hash, missing) in byHash)
        {
            if (missing.Through <= through)
            {
                byHash.Remove(hash);
                olderCount++;
                for (var i = 0; i < 4; i++)
                {
                    var (word, bit) = BitOf(hash, i);
                    older[word] |= bit;
                }
            }
        }
    }

    private bool MayBeOlder(ulong hash)
    {
        for (var i = 0; i < 4 && olderCount > 0; i++)
        {
            var (word, bit) = BitOf(hash, i);
            if ((older[word] & bit) == 0)
            {
                return false;
            }
        }
        return olderCount > 0;
    }

    // Two halves of a hash stand for as many as are needed (Kirsch and Mitzenmacher 2006).
    private (int Word, ulong Bit) BitOf(ulong hash, int i)
    {
        var place = (uint)hash + ((uint)i * (uint)(hash >> 32));
        return ((int)((place >> 6) % (uint)older.Length), 1ul << (int)(place & 63));
    }
}

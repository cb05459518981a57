using Picket.Events.Batches;
using Picket.Storage.Files;

namespace Picket.Storage.Index;

/// <summary>Where an index is in a file.</summary>
internal readonly record struct IndexPlace(long Offset, long PagesLength, int PageBits, long Pairs);

/// <summary>Reads an index: one fingerprint in two small reads, or all of them in order. Thread-safe but for the enumeration.</summary>
internal sealed class FingerprintIndex(IStorageFile file, IndexPlace place, int blocks)
{
    /// <summary>Pairs of fingerprint and block, those of <em>all</em> counted one by one.</summary>
    public long Pairs => place.Pairs;

    /// <summary>Adds the blocks that may hold what the fingerprint stands for.</summary>
    public void Find(uint fingerprint, RowSet into)
    {
        if (place.Pairs == 0)
        {
            return;
        }
        using var page = new NativeBuffer();
        var number = place.PageBits == 0 ? 0 : (int)(fingerprint >> (32 - place.PageBits));
        var reader = ReadPage(number, page);
        var at = place.PageBits == 0 ? 0u : (uint)number << (32 - place.PageBits);
        while (!reader.AtEnd)
        {
            at += (uint)reader.Varint();
            var header = reader.Varint();
            if (at > fingerprint)
            {
                return;
            }
            if (at == fingerprint)
            {
                AddBlocks(ref reader, header, into);
                return;
            }
            SkipBlocks(ref reader, header);
        }
    }

    /// <summary>All postings in order of their fingerprints; the list is the same each time.</summary>
    public IEnumerable<(uint Fingerprint, List<int> Blocks)> All()
    {
        var list = new List<int>();
        using var page = new NativeBuffer();
        for (var number = 0; place.Pairs > 0 && number < 1 << place.PageBits; number++)
        {
            page.Clear();
            ReadPage(number, page);
            var at = place.PageBits == 0 ? 0u : (uint)number << (32 - place.PageBits);
            for (var position = sizeof(uint); position < page.Length;)
            {
                position = ReadPosting(page, position, ref at, list);
                yield return (at, list);
            }
        }
    }

    private int ReadPosting(NativeBuffer page, int position, ref uint at, List<int> list)
    {
        var reader = new ByteReader(page.Written[position..], file.Name);
        at += (uint)reader.Varint();
        var header = reader.Varint();
        list.Clear();
        if (header == 0)
        {
            list.AddRange(Enumerable.Range(0, blocks));
        }
        else if ((header & 1) != 0)
        {
            list.Add(Checked(header >> 1, reader));
        }
        else
        {
            var block = 0ul;
            for (var i = 0ul; i < header >> 1; i++)
            {
                block += reader.Varint();
                list.Add(Checked(block, reader));
            }
        }
        return position + reader.Position;
    }

    private void AddBlocks(ref ByteReader reader, ulong header, RowSet into)
    {
        if (header == 0)
        {
            into.AddAll();
            return;
        }
        if ((header & 1) != 0)
        {
            into.Add(Checked(header >> 1, reader));
            return;
        }
        var block = 0ul;
        for (var i = 0ul; i < header >> 1; i++)
        {
            block += reader.Varint();
            into.Add(Checked(block, reader));
        }
    }

    private static void SkipBlocks(ref ByteReader reader, ulong header)
    {
        for (var i = 0ul; (header & 1) == 0 && i < header >> 1; i++)
        {
            reader.Varint();
        }
    }

    private int Checked(ulong block, ByteReader reader) => block < (ulong)blocks ? (int)block : throw reader.Wrong("a posting names a block that is not there");

    private ByteReader ReadPage(int number, NativeBuffer into)
    {
        Span<byte> ends = stackalloc byte[2 * sizeof(long)];
        var (start, end) = (0L, 0L);
        var endsAt = place.Offset + place.PagesLength;
        if (number == 0)
        {
            file.Read(ends[..sizeof(long)], endsAt);
            end = BitConverter.ToInt64(ends);
        }
        else
        {
            file.Read(ends, endsAt + ((number - 1L) * sizeof(long)));
            (start, end) = (BitConverter.ToInt64(ends), BitConverter.ToInt64(ends[sizeof(long)..]));
        }
        if (start < 0 || end < start + sizeof(uint) || end > place.PagesLength || end - start > int.MaxValue)
        {
            throw new CorruptDataException(file.Name, endsAt, $"the ends of the index's page {number} lie outside of it");
        }
        var bytes = into.Take((int)(end - start));
        if (file.Read(bytes, place.Offset + start) != bytes.Length || BitConverter.ToUInt32(bytes) != Checksum.Of(bytes[sizeof(uint)..], (uint)number))
        {
            throw new CorruptDataException(file.Name, place.Offset + start, $"the checksum of the index's page {number} does not match");
        }
        return new ByteReader(bytes[sizeof(uint)..], file.Name);
    }
}

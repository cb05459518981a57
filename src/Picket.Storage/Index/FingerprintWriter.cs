using System.Numerics;
using Picket.Events.Batches;
using Picket.Storage.Files;

namespace Picket.Storage.Index;

/// <summary>
/// Writes an index from postings in rising order of fingerprints. Fingerprints are spread evenly, so a page is found by arithmetic: page <c>p</c> holds those whose
/// high bits are <c>p</c>. After the pages follow the places where they end. A fingerprint in more than half of the blocks says <em>all</em>.
/// </summary>
/// <param name="output">Where to append to.</param>
/// <param name="mostPairs">At most so many pairs will come.</param>
/// <param name="blocks">Blocks there are.</param>
internal sealed class FingerprintWriter(Action<ReadOnlySpan<byte>> output, long mostPairs, int blocks) : IDisposable
{
    private const int PairBytes = 3;
    private const int PageBytes = 2_048;

    private readonly NativeBuffer page = new();
    private readonly NativeBuffer ends = new();
    private long length;
    private int current;
    private uint last;

    /// <summary>How many high bits of a fingerprint say its page.</summary>
    public int PageBits { get; } = Math.Clamp(BitOperations.Log2((ulong)Math.Max(mostPairs * PairBytes / PageBytes, 1)), 0, 20);

    /// <summary>Bytes of the pages, after which the ends stand.</summary>
    public long PagesLength => length;

    public long Pairs { get; private set; }

    public void Add(uint fingerprint, ReadOnlySpan<int> inBlocks)
    {
        var wanted = PageBits == 0 ? 0 : (int)(fingerprint >> (32 - PageBits));
        while (current < wanted)
        {
            EndPage();
        }
        Pairs += inBlocks.Length;
        page.AppendVarint(fingerprint - last);
        last = fingerprint;
        if (inBlocks.Length == 1)
        {
            page.AppendVarint(((ulong)inBlocks[0] << 1) | 1);
        }
        else if (inBlocks.Length * 2L > blocks)
        {
            page.AppendVarint(0);
        }
        else
        {
            page.AppendVarint((ulong)inBlocks.Length << 1);
            var before = 0;
            foreach (var block in inBlocks)
            {
                page.AppendVarint((ulong)(block - before));
                before = block;
            }
        }
    }

    public void Finish()
    {
        while (current < 1 << PageBits)
        {
            EndPage();
        }
        output(ends.Written);
    }

    public void Dispose()
    {
        page.Dispose();
        ends.Dispose();
    }

    private void EndPage()
    {
        Span<byte> checksum = stackalloc byte[sizeof(uint)];
        BitConverter.TryWriteBytes(checksum, Checksum.Of(page.Written, (uint)current));
        output(checksum);
        output(page.Written);
        length += sizeof(uint) + page.Length;
        ends.Append(length);
        page.Clear();
        current++;
        last = PageBits == 0 ? 0 : (uint)current << (32 - PageBits);
    }
}

using System.Text;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Operators;
using Picket.Storage.Files;
using Picket.Storage.Index;
using Picket.Testing;

namespace Picket.Storage.Tests.Index;

public sealed class FingerprintTests : ReturnsItsMemory
{
    private static readonly Field Message = new("message");

    private static readonly string[] Parts =
    [
        "10.0.0.1", "192.168.7.77", "1.2.3.4.5", "dfbd4127-d128-4ad1-97c8-01b93470f4c9", "dfbd4127", "d128", "01b93470f4c9", "error", "Error_1", "ÄRGER", "日本語", "a@b.example.com", " ", ".", "-", "/", "_",
        "port", "22", "K", "İ", "x",
    ];

    [Fact]
    public void What_matches_a_value_has_all_tokens_it_requires() => Property.Holds(3_000, random =>
    {
        var text = string.Concat(Enumerable.Range(0, random.Next(1, 8)).Select(_ => Parts[random.Next(Parts.Length)]));
        var start = random.Next(text.Length);
        var needle = text.Substring(start, random.Next(0, text.Length - start + 1));
        needle = random.Next(3) switch { 0 => needle.ToUpperInvariant(), 1 => needle.ToLowerInvariant(), _ => needle };
        Operator op = random.Next(6) switch
        {
            0 => new Phrase(needle),
            1 => new Contains(needle),
            2 => new Prefix(needle),
            3 => new Suffix(needle),
            4 => new EqualTo(random.Next(2) == 0 ? text.ToUpperInvariant() : needle),
            _ => new Exactly(text),
        };
        var utf8 = Encoding.UTF8.GetBytes(text);
        if (!op.Matches(new Value(ValueKind.Text, utf8)) || op.NeedOn(Message) is not Query.Need.Literal literal)
        {
            return;
        }
        foreach (var wholes in (bool[])[true, false])
        {
            using var column = new ColumnMemory();
            column.Add(0, ValueKind.Text, "before"u8);
            column.Add(1, ValueKind.Text, utf8);
            column.Settle(2);
            using var tokens = new FingerprintSet();
            Fingerprints.Add(tokens, Message, column.View(2).Entries, wholes);
            var found = tokens.Found.ToArray().ToHashSet();
            Assert.All(RequiredTokens.Of(literal.Text, literal.Place), token => Assert.True(
                found.Contains(token.IsWhole ? Fingerprints.OfWhole(Message, token.Folded) : Fingerprints.OfToken(Message, token.Folded))
                    || (token.IsWhole && found.Contains(Fingerprints.OfParts(Message)))
                    || (token.MayBeInUuid && found.Contains(Fingerprints.OfUuids(Message))),
                $"{op} in {text}: {Encoding.UTF8.GetString(token.Folded)}"));
        }
    });

    [Theory]
    [InlineData("from 10.0.0.1 port 22", "from|10|0|0|1|10.0.0.1|port|22")]
    [InlineData("1.2.3.4.5", "1|2|3|4|1.2.3.4|5|2.3.4.5")]
    [InlineData("id=dfbd4127-d128-4ad1-97c8-01b93470f4c9;", "id|dfbd4127-d128-4ad1-97c8-01b93470f4c9")]
    [InlineData("dfbd4127-d128-4ad1-97c8-01b93470f4c9a", "dfbd4127|d128|4ad1|97c8|01b93470f4c9a")]
    [InlineData("a_b c-d", "a_b|c|d")]
    [InlineData("1234.5.6.7", "1234|5|6|7")]
    public void Text_is_cut_into_tokens(string text, string expected)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        using var mask = new WordMask();
        mask.Read(utf8);
        Assert.Equal(expected, Tokens(utf8, new TokenScan(utf8)));
        Assert.Equal(expected, Tokens(utf8, new TokenScan(utf8, mask.Bits, 0, utf8.Length)));
    }

    [Fact]
    public void An_index_gives_back_what_was_put_in_also_after_merging() => Property.Holds(60, random =>
    {
        var blocks = random.Next(1, 40);
        var expected = new Dictionary<uint, HashSet<int>>();
        var folder = Directory.CreateTempSubdirectory("picket-test-").FullName;
        var files = new DiskFiles(folder);
        var sources = new List<(IStorageFile File, IndexPlace Place)>();
        using var run = new FingerprintRun();
        // Half of the blocks come from two indices that are merged in, the rest are new.
        for (var part = 0; part < 3; part++)
        {
            run.Clear();
            for (var block = 0; block < blocks; block++)
            {
                var some = Enumerable.Range(0, random.Next(0, 200)).Select(_ => random.Next(2) == 0 ? (uint)random.Next(50) : (uint)random.NextInt64(uint.MaxValue)).Distinct().ToArray();
                run.Add(some, block);
                foreach (var fingerprint in some)
                {
                    (expected.TryGetValue(fingerprint, out var known) ? known : expected[fingerprint] = []).Add(block + (part * blocks));
                }
            }
            if (part < 2)
            {
                sources.Add(WriteIndex(files, $"part{part}", run, [], blocks));
            }
        }
        // The run's blocks come last: their numbers are moved behind the others'.
        using var moved = new FingerprintRun();
        foreach (var group in run.Sorted().ToArray().GroupBy(pair => (int)(uint)pair).OrderBy(group => group.Key))
        {
            moved.Add([.. group.Select(pair => (uint)(pair >> 32))], group.Key + (2 * blocks));
        }
        var merged = WriteIndex(
            files, "merged", moved,
            [.. sources.Select((source, part) => new IndexSource(new FingerprintIndex(source.File, source.Place, blocks), [.. Enumerable.Range(part * blocks, blocks)]))],
            3 * blocks);
        var index = new FingerprintIndex(merged.File, merged.Place, 3 * blocks);
        foreach (var (fingerprint, inBlocks) in expected.Take(300))
        {
            var found = new RowSet(3 * blocks);
            index.Find(fingerprint, found);
            Assert.All(inBlocks, block => Assert.True(found.Contains(block)));
            // More only where an index had said "all" of its own blocks.
            Assert.True(found.Count == inBlocks.Count || inBlocks.Count * 4 > blocks, $"{found.Count} blocks for {inBlocks.Count}");
        }
        Assert.Equal(expected.Keys.Order(), index.All().Select(posting => posting.Fingerprint).ToArray());
        merged.File.Dispose();
        sources.ForEach(source => source.File.Dispose());
        Directory.Delete(folder, recursive: true);
    });

    private static (IStorageFile File, IndexPlace Place) WriteIndex(DiskFiles files, string name, FingerprintRun run, IReadOnlyList<IndexSource> sources, int blocks)
    {
        var file = files.Create(name, 0);
        var at = 0L;
        using var writer = new FingerprintWriter(
            bytes =>
            {
                file.Write(bytes, at);
                at += bytes.Length;
            },
            run.Count + sources.Sum(source => source.Index.Pairs), blocks);
        FingerprintMerge.Write(writer, run.Sorted(), sources);
        writer.Finish();
        return (file, new IndexPlace(0, writer.PagesLength, writer.PageBits, writer.Pairs));
    }

    private static string Tokens(byte[] text, TokenScan scan)
    {
        var tokens = new List<string>();
        while (scan.MoveNext())
        {
            tokens.Add(Encoding.UTF8.GetString(text[scan.Start..scan.End]));
        }
        return string.Join('|', tokens);
    }
}

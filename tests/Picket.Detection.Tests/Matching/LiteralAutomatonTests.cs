using System.Text;
using Picket.Detection.Matching;
using Picket.Events.Batches;
using Picket.Testing;

namespace Picket.Detection.Tests.Matching;

public sealed class LiteralAutomatonTests
{
    [Fact]
    public void It_finds_each_text_wherever_it_stands() => Property.Holds(500, random =>
    {
        string Word(int most) => string.Concat(Enumerable.Range(0, random.Next(1, most)).Select(_ => (char)('a' + random.Next(3))));
        var texts = Enumerable.Range(0, random.Next(1, 30)).Select(_ => Word(6)).Distinct().ToArray();
        var value = random.Next(10) == 0 ? "" : Word(60);
        var automaton = new LiteralAutomaton([.. texts.Select(Encoding.ASCII.GetBytes)]);
        var found = new List<(int End, string Text)>();
        var state = 0;
        for (var i = 0; i < value.Length; i++)
        {
            state = automaton.Step(state, (byte)value[i]);
            for (var ending = automaton.Ending(state); ending != 0; ending = automaton.Shorter(ending))
            {
                found.Add((i + 1, texts[automaton.TextAt(ending)]));
            }
        }
        var expected = texts.SelectMany(text => Enumerable.Range(0, value.Length).Where(at => value.AsSpan(at).StartsWith(text, StringComparison.Ordinal)).Select(at => (at + text.Length, text)));
        Assert.Equal(expected.Order(), found.Order());
    });

    [Fact]
    public void A_prefilter_leaves_in_whatever_holds_one_of_its_texts() => Property.Holds(200, random =>
    {
        string Word(int least, int most) => string.Concat(Enumerable.Range(0, random.Next(least, most)).Select(_ => "abAB ä"[random.Next(random.Next(20) == 0 ? 6 : 5)]));
        var texts = Enumerable.Range(0, random.Next(1, 5)).Select(_ => new string([.. Word(3, 9).Where(char.IsAscii)]) + "ab").Distinct().ToArray();
        var values = Enumerable.Range(0, random.Next(1, 3_000)).Select(_ => Word(0, 30)).ToArray();
        using var batch = Some.Batch([.. values.Select(value => $"{{\"f\":\"{value}\"}}")]);
        Assert.True(batch.TryGetColumn(new("f"), out var column));
        var (rows, scratch) = (new RowSet(), Array.Empty<char>());
        Prefilter.Of(texts)!.Find(column.Entries, ref scratch, rows);
        for (var entry = 0; entry < column.Entries.Count; entry++)
        {
            var value = column.Entries[entry].ToString();
            Assert.True(rows.Contains(entry) || !Array.Exists(texts, text => value.Contains(text, StringComparison.OrdinalIgnoreCase)), value);
        }
    });
}

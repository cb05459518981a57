using Picket.Events.Batches;
using Picket.Query.Language;
using Picket.Query.Store;
using Picket.Testing;

namespace Picket.Query.Tests.Language;

/// <summary>Every example of the language's page, run.</summary>
public sealed class DocumentedLanguageTests
{
    private static readonly string[] Page = File.ReadAllLines(Path.Combine(SharedData.Repository, "docs", "query-language.md"));

    public static TheoryData<string, string> Examples { get; } = [.. Page.Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line =>
    {
        var end = line.LastIndexOf("` |", StringComparison.Ordinal);
        return new TheoryDataRow<string, string>(line[3..end], line[(end + 3)..].Trim(' ', '|'));
    })];

    public static TheoryData<string, string> Errors { get; } = [.. Blocks("error").Select(block => new TheoryDataRow<string, string>(block[0], string.Join('\n', block)))];

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_example_finds_what_the_page_says(string query, string numbers)
    {
        using var batch = Some.Batch([.. Blocks("json").Single()]);
        var parsed = QueryParser.Parse(query, Some.Instant);
        var rows = new RowSet();
        new Matcher(parsed.Filter).Match(batch, rows);
        Assert.Equal(numbers, string.Join(", ", Enumerable.Range(0, batch.Count).Where(row => rows.Contains(row) && parsed.Time.Contains(batch.Times[row])).Select(row => row + 1)));
        // The same by the plain interpreter, and printed and read again.
        var again = QueryParser.Parse(parsed.Filter.ToString(), Some.Instant).Filter;
        Assert.Equal(Enumerable.Range(0, batch.Count).Where(rows.Contains), Enumerable.Range(0, batch.Count).Where(row => PlainMatch.Holds(again, batch[row])));
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public void An_error_reads_as_the_page_says(string query, string expected) =>
        Assert.Equal(expected, Assert.Throws<QueryException>(() => QueryParser.Parse(query, Some.Instant)).Message);

    [Fact]
    public void The_bounds_are_the_documented_ones()
    {
        Assert.Contains($"A query has at most {Limits.QueryCharacters:N0} characters, and nests at most {Limits.QueryDepth} deep.", Page);
        Assert.True(Examples.Count > 50);
    }

    private static IEnumerable<List<string>> Blocks(string kind)
    {
        List<string>? block = null;
        foreach (var line in Page)
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                if (block is not null)
                {
                    yield return block;
                }
                block = block is null && line == "```" + kind ? [] : null;
                continue;
            }
            block?.Add(line);
        }
    }
}

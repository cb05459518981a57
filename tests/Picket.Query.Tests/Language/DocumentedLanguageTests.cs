using Picket.Events;
using Picket.Events.Batches;
using Picket.Query.Language;
using Picket.Query.Pipes;
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

    public static TheoryData<string, string> Pipes { get; } = [.. Blocks("pipe").Select(block => new TheoryDataRow<string, string>(block[0], string.Join('\n', block[1..])))];

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
    [MemberData(nameof(Pipes))]
    public async Task Pipes_give_what_the_page_says(string text, string csv)
    {
        var source = new StreamSource(_ => new[] { Some.Batch([.. Blocks("json").Single()]) }.ToAsyncEnumerable());
        var answer = await QueryRun.RunAsync(source, TenantId.Default, QueryParser.Parse(text, Some.Instant), default);
        var table = answer is Answer.OfEvents events ? await EventTable.ReadAsync(events.Pages, events.Fields) : ((Answer.OfRows)answer).Table;
        Assert.Equal(csv, string.Join('\n', table.Rows.Select(row => string.Join(',', row.Select(cell => cell.Text))).Prepend(string.Join(',', table.Columns))));
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public void An_error_reads_as_the_page_says(string query, string expected) =>
        Assert.Equal(expected, Assert.Throws<QueryException>(() => QueryParser.Parse(query, Some.Instant)).Message);

    [Fact]
    public void Every_pipe_that_the_page_lists_is_one()
    {
        var listed = Page.Where(line => line.StartsWith("- `", StringComparison.Ordinal)).SelectMany(line => line[2..line.IndexOf(": ", StringComparison.Ordinal)].Split("`, `")).Select(pipe => pipe.Trim('`')).ToArray();
        Assert.True(listed.Length > 10);
        // What is measured before, for the one that filters groups.
        Assert.All(listed, pipe => Assert.NotEmpty(QueryParser.Parse(pipe.StartsWith("where", StringComparison.Ordinal) ? $"* | count | {pipe}" : $"* | {pipe}", Some.Instant).Pipes));
    }

    [Fact]
    public void The_bounds_are_the_documented_ones()
    {
        Assert.Contains($"A query has at most {Limits.QueryCharacters:N0} characters, nests at most {Limits.QueryDepth} deep, and has at most {Limits.QueryPipes} pipes.", Page);
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

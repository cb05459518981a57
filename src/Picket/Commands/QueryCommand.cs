using System.CommandLine;
using Picket.Client;
using Picket.Events;
using Picket.Offline;
using Picket.Query.Language;
using Picket.Query.Pipes;
using Picket.Query.Store;
using Picket.Server.Answers;
using Picket.Terminal;

namespace Picket.Commands;

/// <summary><c>picket query</c>: the query language with its pipes, over a server, a data folder or files.</summary>
internal static class QueryCommand
{
    private static readonly string[] Outputs = ["auto", "table", "json", "csv"];

    public static Command Command()
    {
        var (url, key) = (Options.Url(), Options.Key());
        var text = new Argument<string[]>("query") { Description = "What to find, and what to do with it behind | (docs/query-language.md)", Arity = ArgumentArity.ZeroOrMore };
        var stdin = new Option<bool>("--stdin") { Description = "Over the lines of standard input, not a server's events" };
        var files = new Option<string[]>("--file") { Description = "Over files, plain or .gz; * stands for a part of a name", AllowMultipleArgumentsPerToken = false };
        var data = new Option<string?>("--data") { Description = "Over a data folder that no server uses" };
        var output = new Option<string>("--output", "-o") { Description = "auto (drawn on a terminal, NDJSON in a pipe), table, json (NDJSON) or csv", DefaultValueFactory = _ => "auto" };
        output.AcceptOnlyFromAmong(Outputs);
        var command = new Command(
            "query",
            "Find, count and measure events.\n\nExamples:\n  picket query 'level:error last:1h | count by app'\n  picket query 'http_status:>=500 | histogram 5m by app'\n  picket query '* | stats p95(latency_ms), count() as n by http_path | sort n desc | head 20' -o csv\n  cat app.log | picket query --stdin 'level:error | top 5 src_ip'\n  picket query --file 'logs/*.jsonl.gz' 'timeout | patterns'")
        {
            text, stdin, files, data, output, url, key,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var typed = string.Join(' ', parsed.GetValue(text) ?? []);
            var query = Parse(typed);
            var view = new AnswerView(query, parsed.GetValue(output)!);
            var names = parsed.GetValue(stdin) ? ["-"] : parsed.GetValue(files) ?? [];
            if (names.Length > 0)
            {
                var events = parsed.GetValue(stdin) ? new EventFiles(names) : EventFiles.Matching(names);
                await RunAsync(new StreamSource(events.ReadAsync), query, view, cancellation);
            }
            else if (parsed.GetValue(data) is { } folder)
            {
                using var offline = new OfflineStore(folder);
                if (!await RunAsync(offline.Store, query, view, cancellation))
                {
                    await FieldHints.WriteAsync(offline.Store, query, cancellation);
                }
            }
            else
            {
                using var client = new PicketClient(parsed.GetValue(url)!, Options.KeyOf(parsed, key));
                await using var answer = await client.PostForStreamAsync("/v1/query", PicketClient.Body(("query", typed)), AnswerWriter.ContentType(view.Format), cancellation);
                if (!await view.ShowAsync(answer, cancellation))
                {
                    await FieldHints.WriteAsync(client, query, cancellation);
                }
            }
            return ExitCode.Done;
        });
        return command;
    }

    /// <exception cref="CommandException">It is wrong: with its place.</exception>
    internal static ParsedQuery Parse(string text)
    {
        try
        {
            return QueryParser.Parse(text, Instant.Now(TimeProvider.System));
        }
        catch (QueryException error)
        {
            throw new CommandException(ExitCode.Usage, error.Message);
        }
    }

    // The answer takes the way that a server's takes, without the server.
    internal static async Task<bool> RunAsync(IEventSource source, ParsedQuery query, AnswerView view, CancellationToken cancellation)
    {
        var pipe = new System.IO.Pipelines.Pipe();
        var writing = Task.Run(
            async () =>
            {
                try
                {
                    await AnswerWriter.WriteAsync(await QueryRun.RunAsync(source, TenantId.Default, query, cancellation), view.Format, pipe.Writer, cancellation);
                    await pipe.Writer.CompleteAsync();
                }
                catch (Exception error)
                {
                    await pipe.Writer.CompleteAsync(error);
                }
            },
            cancellation);
        try
        {
            var any = await view.ShowAsync(pipe.Reader.AsStream(), cancellation);
            await writing;
            return any;
        }
        catch (QueryException error)
        {
            throw new CommandException(ExitCode.Failed, error.Message);
        }
    }
}

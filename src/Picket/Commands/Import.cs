using System.CommandLine;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Picket.Client;
using Picket.Terminal;

namespace Picket.Commands;

/// <summary>
/// <c>picket import</c>: NDJSON files into the server, in parts of 8 MiB. Each part of a file carries a key made of its content and place, so that an import
/// cut off is simply run again: what is there already is not stored twice. Standard input is new each time: the same line again is another event.
/// </summary>
internal static class Import
{
    private const int PartBytes = 8 * 1024 * 1024;

    public static Command Command()
    {
        var (url, key) = (Options.Url(), Options.Key());
        var files = new Argument<string[]>("files") { Description = "NDJSON files, plain or .gz; - for standard input", Arity = ArgumentArity.OneOrMore };
        var command = new Command("import", "Store events from files. Run it again after an interruption: a file goes on where it was cut off. Standard input is stored each time.\n\nExamples:\n  picket import events.jsonl old/*.jsonl.gz\n  journalctl -o json | picket import -") { files, url, key };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = new PicketClient(parsed.GetValue(url)!, Options.KeyOf(parsed, key));
            var totals = new Totals();
            await ProgressLine.RunAsync("Importing", async progress =>
            {
                foreach (var file in parsed.GetValue(files)!)
                {
                    await ImportFileAsync(client, file, totals, progress, cancellation);
                }
            });
            await Console.Out.WriteLineAsync($"{totals.Accepted:N0} events stored, {totals.Rejected:N0} refused");
            return totals.Rejected > 0 ? ExitCode.Partly : ExitCode.Done;
        });
        return command;
    }

    private sealed class Totals
    {
        public long Accepted { get; set; }
        public long Rejected { get; set; }
    }

    private static async Task ImportFileAsync(PicketClient client, string file, Totals totals, ProgressLine progress, CancellationToken cancellation)
    {
        if (file != "-" && !File.Exists(file))
        {
            throw new CommandException(ExitCode.Failed, $"There is no file {file}.");
        }
        await using var raw = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
        progress.Expect(file == "-" ? 0 : raw.Length);
        await using var text = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(raw, CompressionMode.Decompress) : raw;
        var buffer = new byte[PartBytes];
        var name = file == "-" ? RandomNumberGenerator.GetHexString(16, lowercase: true) : Shortened(Encoding.UTF8.GetBytes(Path.GetFileName(file)), 16);
        var (filled, part, firstLine, position) = (0, 0, 1L, 0L);
        while (true)
        {
            var read = await text.ReadAsync(buffer.AsMemory(filled), cancellation);
            filled += read;
            if (filled < buffer.Length && read > 0)
            {
                continue;
            }
            var end = read == 0 ? filled : buffer.AsSpan(0, filled).LastIndexOf((byte)'\n') + 1;
            if (end == 0 && filled > 0)
            {
                throw new CommandException(ExitCode.Failed, $"{file}, line {firstLine}: longer than {PartBytes / 1024 / 1024} MiB.");
            }
            if (end > 0)
            {
                var lines = buffer.AsMemory(0, end);
                var answer = await client.PostAsync("/v1/ingest/jsonl", new ReadOnlyMemoryContent(lines), $"import:{part++}:{name}:{Shortened(lines.Span, 32)}", cancellation);
                var accepted = answer.GetProperty("accepted").GetInt64();
                totals.Accepted += accepted;
                totals.Rejected += answer.GetProperty("rejected").GetInt64();
                foreach (var error in answer.GetProperty("errors").EnumerateArray().Take(5))
                {
                    await Console.Error.WriteLineAsync($"{file}, line {firstLine + error.GetProperty("line").GetInt64() - 1}: {error.GetProperty("error").GetString()}");
                }
                firstLine += lines.Span.Count((byte)'\n');
                progress.Advance(file == "-" ? 0 : raw.Position - position, accepted);
                position = file == "-" ? 0 : raw.Position;
                buffer.AsSpan(end, filled - end).CopyTo(buffer);
                filled -= end;
            }
            if (read == 0)
            {
                return;
            }
        }
    }
    private static string Shortened(ReadOnlySpan<byte> bytes, int digits) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..digits];
}

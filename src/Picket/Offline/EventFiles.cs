using System.IO.Compression;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Parsing;
using Picket.Terminal;

namespace Picket.Offline;

/// <summary>Events of files as they are read, without storing them: a JSON object a line, or any text, which is then the message. Memory is that of one part.</summary>
/// <param name="names">Files, plain or <c>.gz</c>; <c>-</c> is standard input.</param>
internal sealed class EventFiles(IReadOnlyList<string> names)
{
    private const int PartBytes = 4 * 1024 * 1024;

    /// <summary>The files that names and patterns such as <c>logs/*.jsonl.gz</c> stand for, in the order of their names.</summary>
    /// <exception cref="CommandException">There is none.</exception>
    public static EventFiles Matching(IEnumerable<string> patterns) => new([.. patterns.SelectMany(pattern =>
    {
        var (folder, name) = (Path.GetDirectoryName(pattern) is { Length: > 0 } given ? given : ".", Path.GetFileName(pattern));
        var found = File.Exists(pattern) ? [pattern] : Directory.Exists(folder) ? Directory.GetFiles(folder, name).Order(StringComparer.Ordinal).ToArray() : [];
        return found.Length > 0 ? found : throw new CommandException(ExitCode.Failed, $"There is no file {pattern}.");
    })]);

    /// <summary>Each batch is disposed by the caller.</summary>
    public async IAsyncEnumerable<EventBatch> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        using var parser = new EventParser { ReceivedAt = Instant.Now(TimeProvider.System) };
        foreach (var name in names)
        {
            await using var raw = name == "-" ? Console.OpenStandardInput() : File.OpenRead(name);
            await using var text = name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(raw, CompressionMode.Decompress) : raw;
            var (buffer, filled) = (new byte[PartBytes], 0);
            for (var read = -1; read != 0;)
            {
                read = await text.ReadAsync(buffer.AsMemory(filled), cancellation);
                filled += read;
                // What is longer than a part is cut into several.
                var end = read == 0 || (filled == buffer.Length && !buffer.AsSpan().Contains((byte)'\n')) ? filled : buffer.AsSpan(0, filled).LastIndexOf((byte)'\n') + 1;
                if (end > 0)
                {
                    yield return Parse(parser, buffer.AsSpan(0, end));
                    buffer.AsSpan(end, filled - end).CopyTo(buffer);
                    filled -= end;
                }
            }
        }
    }

    private static EventBatch Parse(EventParser parser, ReadOnlySpan<byte> lines)
    {
        foreach (var range in lines.Split((byte)'\n'))
        {
            var line = lines[range].Trim(" \t\r"u8);
            if (!line.IsEmpty && !(line[0] == '{' && parser.TryParse(line, 0)))
            {
                AddText(parser.Into, line, parser.ReceivedAt);
            }
        }
        return parser.Into.Seal();
    }

    private static void AddText(EventBatchBuilder into, ReadOnlySpan<byte> line, long now)
    {
        into.BeginEvent(TenantId.Default, now, now, Events.Schema.Levels.Info, Events.Schema.Severities.Info);
        into.Add(Events.Schema.EventSchema.Message, ValueKind.Text, System.Text.Unicode.Utf8.IsValid(line) ? line : System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(line)));
        into.EndEvent([]);
    }
}

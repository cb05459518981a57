using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Picket.Detection.Rules;
using Picket.Metastore;
using Picket.Server.Access;
using Picket.Server.Http;

namespace Picket.Server.Rules;

/// <summary>
/// Takes in files of rules. Without <c>sync</c> what can be taken is, and the rest is refused; with it the tenant's rules become those of the files, all or nothing.
/// </summary>
internal static class RuleImport
{
    // All of SigmaHQ's are 10 MiB.
    private const long MostBytes = 48 * 1024 * 1024;
    private const int MostFiles = 50_000;
    private const int MostShown = 1_000;

    private static readonly string[] Endings = [".yml", ".yaml", ".json"];

    private sealed record Change(string Id, string Title, string What);

    public static async Task PostAsync(HttpContext context)
    {
        var (isDry, isSync) = (Flag(context, "dry_run"), Flag(context, "sync"));
        using var body = await RequestBody.ReadAllAsync(context.Request, context.RequestAborted);
        var read = context.RequestServices.GetRequired<RuleTexts>().ReadNew(FilesOf(body.Written.ToArray()));
        var stored = (await context.RequestServices.GetRequired<RuleTable>().ListAsync(context.Tenant(), context.RequestAborted)).ToDictionary(rule => rule.Id, StringComparer.Ordinal);
        var documents = read.Documents.DistinctBy(document => document.Id, StringComparer.Ordinal).ToArray();
        var twice = read.Documents.Except(documents, ReferenceEqualityComparer.Instance).Cast<RuleDocument>().Select(document => new RuleFinding(document.File, document.Line, 1, $"another file has the id {document.Id} too"));
        var broken = await context.RequestServices.GetRequired<ReferenceCheck>().RefusedAsync(context.Tenant(), documents, isSync, context.RequestAborted);
        var refused = read.Refused.Concat(twice).Concat(broken.Select(one => one.Finding)).ToArray();
        documents = [.. documents.Except(broken.Select(one => one.Document))];
        var (changes, told, unchanged) = (new List<RuleChange>(), new List<Change>(), 0);
        foreach (var document in documents)
        {
            var before = stored.GetValueOrDefault(document.Id);
            // Whether a rule is run is the tenant's to say once it is there.
            if (before is { Text: { } text } && text == document.Text)
            {
                unchanged++;
                continue;
            }
            changes.Add(new RuleChange(document.Id, document.Text, before?.Text is null ? document.Rule?.IsActive ?? true : before.IsActive));
            told.Add(new Change(document.Id, document.Title, before?.Text is null ? "added" : "changed"));
        }
        foreach (var gone in isSync ? stored.Values.Where(rule => rule.Text is not null && Array.TrueForAll(documents, document => document.Id != rule.Id)) : [])
        {
            changes.Add(new RuleChange(gone.Id, null, IsActive: false, IsDeleted: true));
            told.Add(new Change(gone.Id, context.RequestServices.GetRequired<RuleTexts>().Read(gone.Id, gone.Text!)?.Title ?? gone.Id, "removed"));
        }
        await context.RequestServices.GetRequired<RuleLimit>().CheckAsync(context.Tenant(), told.Count(change => change.What == "added") - told.Count(change => change.What == "removed"), context.RequestAborted);
        var isRefused = isSync && refused.Length > 0;
        var isApplied = !isDry && !isRefused;
        if (isApplied && changes.Count > 0)
        {
            await RuleEndpoints.ChangeAsync(context, changes);
        }
        await JsonAnswer.WriteAsync(context, isRefused ? 422 : 200, json =>
        {
            if (isRefused)
            {
                json.WriteString("error", ErrorWord.ValidationFailed);
                json.WriteString("message", $"{refused.Length:N0} rules cannot be taken, so nothing was changed");
                json.WriteNumber("code", 422);
            }
            json.WriteBoolean("applied", isApplied);
            json.WriteNumber("loaded", documents.Length);
            json.WriteNumber("added", told.Count(change => change.What == "added"));
            json.WriteNumber("changed", told.Count(change => change.What == "changed"));
            json.WriteNumber("removed", told.Count(change => change.What == "removed"));
            json.WriteNumber("unchanged", unchanged);
            WriteFindings(json, "refused", refused);
            WriteFindings(json, "warnings", read.Warnings);
            json.WriteStartArray("changes");
            foreach (var change in told.Take(MostShown))
            {
                json.WriteStartObject();
                json.WriteString("id", change.Id);
                json.WriteString("name", change.Title);
                json.WriteString("change", change.What);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    private static void WriteFindings(Utf8JsonWriter json, string name, IReadOnlyList<RuleFinding> findings)
    {
        json.WriteStartArray(name);
        foreach (var finding in findings.Take(MostShown))
        {
            json.WriteStartObject();
            json.WriteString("file", finding.File);
            json.WriteNumber("line", finding.Line);
            json.WriteNumber("column", finding.Column);
            json.WriteString("reason", finding.Reason);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static bool Flag(HttpContext context, string name) => context.Request.Query[name].ToString().ToLowerInvariant() switch
    {
        "" or "false" or "0" => false,
        "true" or "1" => true,
        _ => throw RequestException.BadParameter(name, "must be true or false"),
    };

    // By what the bytes begin with, whatever Content-Type says.
    private static List<(string, string)> FilesOf(byte[] body)
    {
        try
        {
            return body switch
            {
                [(byte)'P', (byte)'K', 3 or 5, ..] => Unzip(body),
                [0x1F, 0x8B, ..] => Untar(body),
                _ => [("body.yml", Encoding.UTF8.GetString(body))],
            };
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new RequestException(400, ErrorWord.InvalidRequest, $"The archive cannot be read: {error.Message}");
        }
    }

    private static List<(string, string)> Unzip(byte[] body)
    {
        using var zip = new ZipArchive(new MemoryStream(body), ZipArchiveMode.Read);
        var (files, room) = (new List<(string, string)>(), MostBytes);
        foreach (var entry in zip.Entries)
        {
            Add(files, entry.FullName, entry.Open, ref room);
        }
        return files;
    }

    private static List<(string, string)> Untar(byte[] body)
    {
        using var tar = new TarReader(new GZipStream(new MemoryStream(body), CompressionMode.Decompress));
        var (files, room) = (new List<(string, string)>(), MostBytes);
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile && entry.DataStream is { } data)
            {
                Add(files, entry.Name, () => data, ref room);
            }
        }
        return files;
    }

    private static void Add(List<(string, string)> files, string name, Func<Stream> open, ref long room)
    {
        if (!Endings.Contains(Path.GetExtension(name)) || name.EndsWith(RuleFiles.ExpectationSuffix, StringComparison.Ordinal))
        {
            return;
        }
        using var stream = open();
        using var text = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (var read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
        {
            room -= read;
            if (room < 0 || files.Count == MostFiles)
            {
                throw new RequestException(413, ErrorWord.PayloadTooLarge, $"The archive holds more than {MostFiles:N0} files or {MostBytes / 1024 / 1024} MiB of rules");
            }
            text.Write(buffer, 0, read);
        }
        files.Add((name, Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length)));
    }
}

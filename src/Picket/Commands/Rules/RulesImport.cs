using System.CommandLine;
using System.IO.Compression;
using System.Net;
using System.Text.Json;
using Picket.Client;
using Picket.Terminal;

namespace Picket.Commands.Rules;

/// <summary><c>picket rules import</c> and <c>picket rules sync</c>: files of rules to a server.</summary>
internal static class RulesImport
{
    public static Command Import()
    {
        var (url, key, dry) = (Options.Url(), Options.Key(), DryRun());
        var paths = new Argument<string[]>("paths") { Description = "Files, or folders with .yml and .yaml files", Arity = ArgumentArity.OneOrMore };
        var command = new Command(
            "import", "Give rules to a server. What cannot be taken is told by file and line, and the rest is taken.\n\nExit status: 0 all was taken; 3 some was refused.\n\nExamples:\n  picket rules import sigma/rules\n  picket rules import my-rule.yml --dry-run")
        {
            paths, dry, url, key,
        };
        command.SetAction((parsed, cancellation) => SendAsync(parsed.GetValue(url)!, Options.KeyOf(parsed, key), parsed.GetValue(paths)!, parsed.GetValue(dry), isSync: false, cancellation));
        return command;
    }

    public static Command Sync()
    {
        var (url, key, dry) = (Options.Url(), Options.Key(), DryRun());
        var folder = new Argument<string>("folder") { Description = "The folder whose rules are to be the server's" };
        var command = new Command(
            "sync",
            "Make the rules of a server those of a folder, all or nothing: new ones are added, changed ones replaced, and those that are not in the folder deleted. Rules of the built-in pack stay, and so does what was turned off.\n\nExamples:\n  picket rules sync rules --dry-run\n  picket rules sync rules")
        {
            folder, dry, url, key,
        };
        command.SetAction((parsed, cancellation) => SendAsync(parsed.GetValue(url)!, Options.KeyOf(parsed, key), [parsed.GetValue(folder)!], parsed.GetValue(dry), isSync: true, cancellation));
        return command;
    }

    private static Option<bool> DryRun() => new("--dry-run") { Description = "Tell what would change, and change nothing" };

    private static async Task<int> SendAsync(string url, string? key, string[] paths, bool isDry, bool isSync, CancellationToken cancellation)
    {
        using var client = new PicketClient(url, key);
        var path = $"/v1/alerts/rules/import?dry_run={(isDry ? "true" : "false")}&sync={(isSync ? "true" : "false")}";
        var (status, answer) = await client.PostForAnyAsync(path, new ByteArrayContent(Zip(RulesCommand.FilesOf(paths))), HttpStatusCode.UnprocessableEntity, cancellation);
        foreach (var refused in answer.GetProperty("refused").EnumerateArray())
        {
            await Console.Error.WriteLineAsync($"{Text(refused, "file")}:{refused.GetProperty("line").GetInt32()}:{refused.GetProperty("column").GetInt32()}: {Text(refused, "reason")}");
        }
        Tables.Write(["change", "id", "name"], answer.GetProperty("changes").EnumerateArray().Select(change => (string[])[Text(change, "change"), Text(change, "id"), Text(change, "name")]));
        var count = answer.GetProperty("refused").GetArrayLength();
        await Console.Error.WriteLineAsync(
            $"{(status == HttpStatusCode.UnprocessableEntity ? "Nothing was changed, for what is refused. " : answer.GetProperty("applied").GetBoolean() ? "" : "Nothing was changed; this would be: ")}"
            + $"Added {Number("added")}, changed {Number("changed")}, removed {Number("removed")}, unchanged {Number("unchanged")}, refused {count:N0}.");
        return status == HttpStatusCode.UnprocessableEntity ? ExitCode.Failed : count > 0 ? ExitCode.Partly : ExitCode.Done;

        string Number(string name) => answer.GetProperty(name).GetInt64().ToString("N0", System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;

    private static byte[] Zip(IEnumerable<string> files)
    {
        using var into = new MemoryStream();
        using (var zip = new ZipArchive(into, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var file in files)
            {
                using var entry = zip.CreateEntry(file, CompressionLevel.Fastest).Open();
                using var text = File.OpenRead(file);
                text.CopyTo(entry);
            }
        }
        return into.ToArray();
    }
}

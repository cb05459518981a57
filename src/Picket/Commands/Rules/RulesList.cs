using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Picket.Client;
using Picket.Detection.Rules;
using Picket.Terminal;

namespace Picket.Commands.Rules;

/// <summary><c>picket rules list</c>: the rules of a server, or of files.</summary>
internal static class RulesList
{
    private const int PageRules = 1_000;

    public static Command Command()
    {
        var (url, key) = (Options.Url(), Options.Key());
        var paths = new Argument<string[]>("paths") { Description = "Files or folders; without any the server's rules are listed", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("list", "List rules: a table on a terminal, columns separated by tabs in a pipe.\n\nExamples:\n  picket rules list\n  picket rules list sigma/rules | grep critical") { paths, url, key };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(paths) is { Length: > 0 } given)
            {
                var read = RulesCommand.Read(given);
                Tables.Write(["id", "severity", "log source", "name"], read.Rules.Select(rule => (string[])[rule.Id, rule.Level.ToSeverity(), Source(rule.LogSource.Product, rule.LogSource.Service, rule.LogSource.Category), rule.Title]));
                return RulesCommand.Tell(read.Refused);
            }
            using var client = new PicketClient(parsed.GetValue(url)!, Options.KeyOf(parsed, key));
            var rules = new List<JsonElement>();
            for (var page = await PageAsync(""); page.Length > 0; page = page.Length < PageRules ? [] : await PageAsync(rules[^1].GetProperty("id").GetString()!))
            {
                rules.AddRange(page);
            }
            Tables.Write(["id", "severity", "state", "matches", "log source", "name"], rules.Select(Row));
            return ExitCode.Done;

            async Task<JsonElement[]> PageAsync(string after) =>
                [.. (await client.GetAsync(string.Create(CultureInfo.InvariantCulture, $"/v1/alerts/rules?limit={PageRules}&cursor={Uri.EscapeDataString(after)}"), cancellation)).EnumerateArray()];
        });
        return command;
    }

    private static string[] Row(JsonElement rule)
    {
        var source = rule.GetProperty("logsource");
        return
        [
            Text(rule, "id")!, Text(rule, "severity")!, Text(rule, "state")!, rule.GetProperty("matches").GetInt64().ToString(CultureInfo.InvariantCulture),
            Source(Text(source, "product"), Text(source, "service"), Text(source, "category")), Text(rule, "name")!,
        ];
    }

    private static string? Text(JsonElement of, string name) => of.GetProperty(name).GetString();

    private static string Source(params string?[] parts) => parts.OfType<string>().Any() ? string.Join('/', parts.OfType<string>()) : "any";
}

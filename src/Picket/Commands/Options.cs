using System.CommandLine;

namespace Picket.Commands;

/// <summary>Options that several commands share.</summary>
internal static class Options
{
    public const string DefaultUrl = "http://127.0.0.1:8080";

    public static Option<string> Url() => new("--url")
    {
        Description = "The server's address (or PICKET_URL)",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("PICKET_URL") is { Length: > 0 } url ? url : DefaultUrl,
    };

    public static Option<string?> Key() => new("--key")
    {
        Description = "The API key (or PICKET_KEY, which other users of this machine cannot see)",
    };

    /// <summary>The key given, or the environment's. It is no default of the option, for help shows those.</summary>
    public static string? KeyOf(ParseResult parsed, Option<string?> key) => parsed.GetValue(key) ?? Environment.GetEnvironmentVariable("PICKET_KEY");

    public static Option<string?> Data() => new("--data") { Description = "The data folder (default: data)" };

    /// <summary>The environment's variables, without those that the commands read for themselves.</summary>
    public static Dictionary<string, string> SettingVariables()
    {
        var variables = new Dictionary<string, string>();
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            if (entry.Key is string name && name is not ("PICKET_URL" or "PICKET_KEY"))
            {
                variables[name] = (string?)entry.Value ?? "";
            }
        }
        return variables;
    }
}

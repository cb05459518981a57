using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Picket.Server.Hosting;

/// <summary>
/// The settings that hold, and where each is from. Later wins: defaults, <c>picket.yaml</c> (or <c>config.yaml</c>), <c>.env</c>, the environment,
/// flags. Every unknown or wrong one is found before anything starts.
/// </summary>
public sealed class Settings
{
    private readonly Dictionary<string, (string Value, string From)> values = [];

    private Settings()
    {
    }

    /// <summary>Settings that are set and have no effect here, by name.</summary>
    public IReadOnlyList<string> Unused { get; private set; } = [];

    public IEnumerable<(Setting Setting, string Value, string From)> All =>
        SettingsCatalogue.All.Select(setting => (setting, setting.IsSecret && Text(setting.Key).Length > 0 ? "(hidden)" : Text(setting.Key), values[setting.Key].From));

    /// <param name="folder">Where the files are looked for.</param>
    /// <param name="environment">Variables by name.</param>
    /// <param name="flags">From the command line, by key.</param>
    /// <exception cref="SettingsException">Something is unknown or wrong.</exception>
    public static Settings Load(string folder, IReadOnlyDictionary<string, string> environment, IReadOnlyDictionary<string, string> flags)
    {
        var settings = new Settings();
        var findings = new List<string>();
        foreach (var setting in SettingsCatalogue.All)
        {
            settings.values[setting.Key] = (setting.Default, "default");
        }
        foreach (var file in (ReadOnlySpan<string>)["config.yaml", "picket.yaml"])
        {
            settings.ReadYaml(Path.Combine(folder, file), file, findings);
        }
        settings.ReadEnvironment(ReadDotEnv(Path.Combine(folder, ".env")), ".env", findings);
        settings.ReadEnvironment(environment, "environment", findings);
        foreach (var (key, value) in flags)
        {
            settings.Set(key, value, "flag", findings);
        }
        settings.Check(findings);
        return findings.Count == 0 ? settings : throw new SettingsException(findings);
    }

    public string Text(string key) => values[key].Value;

    /// <summary>The parts of a list; separated by commas, semicolons or spaces.</summary>
    public string[] List(string key) => Text(key).Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public bool Switch(string key) => bool.Parse(Text(key));

    public int Number(string key) => int.Parse(Text(key), NumberStyles.None, CultureInfo.InvariantCulture);

    public TimeSpan Duration(string key) => TryDuration(Text(key), out var value) ? value : throw new InvalidOperationException($"{key} was not checked.");

    public long Bytes(string key) => TryBytes(Text(key), out var value) ? value : throw new InvalidOperationException($"{key} was not checked.");

    /// <summary><c>500ms 30s 5m 1h 1d</c>.</summary>
    public static bool TryDuration(string text, out TimeSpan value)
    {
        value = default;
        foreach (var (unit, seconds) in (ReadOnlySpan<(string, double)>)[("ms", 0.001), ("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)])
        {
            if (text.EndsWith(unit, StringComparison.Ordinal) && double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                value = TimeSpan.FromSeconds(number * seconds);
                return true;
            }
        }
        return false;
    }

    /// <summary><c>512KiB 48MiB 2GiB</c>, or bytes.</summary>
    public static bool TryBytes(string text, out long value)
    {
        var units = (ReadOnlySpan<(string, int)>)[("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40), ("", 0)];
        foreach (var (unit, shift) in units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal) && long.TryParse(text[..^unit.Length], NumberStyles.None, CultureInfo.InvariantCulture, out value))
            {
                value <<= shift;
                return true;
            }
        }
        value = 0;
        return false;
    }

    /// <summary><c>90d</c>, or <c>forever</c>, which is 0 days.</summary>
    public static bool TryDays(string text, out int days)
    {
        days = 0;
        return text == "forever"
            || (text.EndsWith('d') && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out days) && days is > 0 and <= 36_500);
    }

    /// <summary>Days by tenant, written <c>name=90d;other=forever</c>.</summary>
    public IReadOnlyDictionary<string, int> DaysByTenant(string key)
    {
        var days = new Dictionary<string, int>();
        foreach (var part in List(key))
        {
            if (part.Split('=') is [var name, var text] && TryDays(text, out var own))
            {
                days[name] = own;
            }
        }
        return days;
    }

    /// <summary>Durations by name, written <c>name=1h;another name=30m</c>. Null where it is written otherwise.</summary>
    public IReadOnlyDictionary<string, TimeSpan>? DurationsByName(string key)
    {
        var durations = new Dictionary<string, TimeSpan>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in Text(key).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var at = part.LastIndexOf('=');
            if (at <= 0 || !TryDuration(part[(at + 1)..].Trim(), out var duration) || !durations.TryAdd(part[..at].Trim(), duration))
            {
                return null;
            }
        }
        return durations;
    }

    private static Dictionary<string, string> ReadDotEnv(string path)
    {
        var variables = new Dictionary<string, string>();
        foreach (var line in File.Exists(path) ? File.ReadAllLines(path) : [])
        {
            if (line.Trim() is { Length: > 0 } text && text[0] != '#' && text.IndexOf('=') is var at && at > 0)
            {
                variables[text[..at].Trim()] = text[(at + 1)..].Trim().Trim('"');
            }
        }
        return variables;
    }

    private void ReadYaml(string path, string name, List<string> findings)
    {
        if (!File.Exists(path))
        {
            return;
        }
        try
        {
            var yaml = new YamlStream();
            using var reader = new StreamReader(path);
            yaml.Load(reader);
            if (yaml.Documents is [var document, ..] && document.RootNode is YamlMappingNode root)
            {
                ReadMapping(root, "", name, findings);
            }
        }
        catch (YamlException error)
        {
            findings.Add($"{name}, line {error.Start.Line}: {error.Message}");
        }
    }

    private void ReadMapping(YamlMappingNode mapping, string prefix, string file, List<string> findings)
    {
        foreach (var (name, value) in mapping.Children)
        {
            var key = prefix + ((YamlScalarNode)name).Value;
            if (value is YamlMappingNode inner)
            {
                ReadMapping(inner, key + ".", file, findings);
            }
            else
            {
                Set(key, value is YamlSequenceNode list ? string.Join(';', list.Children) : ((YamlScalarNode)value).Value ?? "", $"{file}, line {name.Start.Line}", findings);
            }
        }
    }

    private void ReadEnvironment(IReadOnlyDictionary<string, string> variables, string from, List<string> findings)
    {
        foreach (var (name, value) in variables)
        {
            if (SettingsCatalogue.UnusedVariables.Contains(name))
            {
                Unused = [.. Unused, name];
            }
            var setting = SettingsCatalogue.All.FirstOrDefault(setting => setting.EnvironmentName == name || setting.OtherNames.Contains(name));
            if (setting is not null || name.StartsWith("PICKET_", StringComparison.Ordinal))
            {
                Set(setting?.Key ?? name["PICKET_".Length..].ToLowerInvariant(), value, $"{from}, {name}", findings);
            }
        }
    }

    private void Set(string key, string value, string from, List<string> findings)
    {
        if (SettingsCatalogue.UnusedSections.Any(section => key.StartsWith(section, StringComparison.Ordinal)))
        {
            Unused = [.. Unused, key];
            return;
        }
        if (SettingsCatalogue.Find(key) is not { } setting)
        {
            findings.Add($"There is no setting {key} ({from}). Did you mean {SettingsCatalogue.Nearest(key)}?");
            return;
        }
        if (setting.IsUnused)
        {
            Unused = [.. Unused, key];
        }
        values[key] = (value, from);
    }

    private void Check(List<string> findings)
    {
        foreach (var setting in SettingsCatalogue.All)
        {
            var (value, from) = values[setting.Key];
            var expected = setting.Kind switch
            {
                SettingKind.Number when !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _) => "a whole number",
                SettingKind.Duration when !TryDuration(value, out _) => "a duration such as 30s, 5m or 1h",
                SettingKind.Bytes when !TryBytes(value, out _) => "a size such as 512KiB, 48MiB or 2GiB",
                SettingKind.Retention when !TryDays(value, out _) => "days such as 30d, or forever",
                SettingKind.Switch when value is not ("true" or "false") => "true or false",
                _ => null,
            };
            expected ??= setting.Key switch
            {
                "server.port" when Number("server.port") is < 0 or > 65_535 => "a port from 0 to 65535",
                "ingest.value_bytes" when Bytes(setting.Key) is < 64 or > 8 << 20 => "a size from 64 bytes to 8MiB",
                "ingest.event_bytes" when Bytes(setting.Key) is < 1_024 or > 8 << 20 => "a size from 1KiB to 8MiB",
                "ingest.fields" when Number(setting.Key) is < 1 or > 4_096 => "a number from 1 to 4096",
                "ingest.nesting" when Number(setting.Key) is < 1 or > 64 => "a number from 1 to 64",
                "storage.retention_of" when DaysByTenant(setting.Key).Count != List(setting.Key).Length => "tenants with days such as acme=90d;dev=7d",
                "detection.lateness_of" when DurationsByName(setting.Key) is null => "sources with durations such as firewall=1h;branch=30m",
                "storage.durability" when value is not ("fsync" or "os") => "fsync or os",
                "anonymous.scopes" when List("anonymous.scopes").Any(scope => !Access.Scope.All.Contains(scope)) => $"scopes of {string.Join(", ", Access.Scope.All)}",
                "anonymous.from" when List("anonymous.from").Any(network => !Events.Network.TryParse(network, out _)) => "networks such as 127.0.0.0/8",
                "log.level" when value is not ("debug" or "info" or "warn" or "error") => "debug, info, warn or error",
                _ => null,
            };
            if (expected is not null)
            {
                findings.Add($"{setting.Key} must be {expected}; it is \"{value}\" ({from}).");
            }
        }
    }
}

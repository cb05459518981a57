using System.Globalization;

namespace Picket.Testing;

/// <summary>Pipes as people type them, over the names of <see cref="RandomEvents"/>; each only names columns there are.</summary>
public sealed class RandomPipes(Random random)
{
    private static readonly string[] Fields = ["app", "level", "status", "ms", "note", "src_ip", "odd.name", "absent"];

    /// <summary>None to four of them, each with its bar.</summary>
    public string Next()
    {
        var text = "";
        string[]? columns = null;
        for (var left = random.Next(5); left > 0; left--)
        {
            text += " | " + (columns is null ? OfEvents(ref columns) : OfRows(ref columns));
        }
        return text;
    }

    private string OfEvents(ref string[]? columns) => random.Next(9) switch
    {
        0 => Keep(random.Next(2) == 0 ? Fields : [.. Fields, "ts"], ref columns),
        1 => $"sort {Order(Fields)}",
        2 => Head(),
        3 => "where level:(error warn)",
        _ => Grouping(Fields, ref columns),
    };

    private string OfRows(ref string[] columns) => columns.Length == 0 ? Head() : random.Next(7) switch
    {
        0 => Keep(columns, ref columns!),
        1 or 2 => $"sort {Order(columns)}",
        3 => Head(),
        4 => $"where {Name(columns)}:~\"[a-z]\"",
        5 => columns.Contains("count") ? $"where count:>{random.Next(20).ToString(CultureInfo.InvariantCulture)}" : "distinct",
        _ => Grouping(columns, ref columns!),
    };

    private string Grouping(string[] names, ref string[]? columns)
    {
        var by = random.Next(3) == 0 ? [] : Some(names);
        var hasTimes = columns?.Contains("ts") != false;
        switch (random.Next(6))
        {
            case 0 when !by.Contains("count"):
                columns = [.. by, "count"];
                return "count" + By(by);
            case 1 when hasTimes && !by.Contains("count") && !by.Contains("ts"):
                columns = ["ts", .. by, "count"];
                return $"histogram {(string[])["10m", "1h", "1d"] switch { var all => all[random.Next(3)] }}{By(by)}";
            case 2 when by.Length > 0 && !by.Contains("count"):
                columns = [.. by, "count"];
                return $"{(random.Next(2) == 0 ? "top" : "rare")} {random.Next(1, 12).ToString(CultureInfo.InvariantCulture)} {string.Join(", ", by.Select(Quoted))}";
            case 3 when by.Length > 0:
                columns = by;
                return $"distinct {string.Join(", ", by.Select(Quoted))}";
            default:
                var metrics = ((string[])["count", "sum", "avg", "min", "max", "distinct"]).Where(_ => random.Next(3) == 0).DefaultIfEmpty("max").ToArray();
                var name = Name(names);
                by = [.. by.Where(field => !field.StartsWith('m') || field == "ms")];
                columns = [.. by, .. metrics.Select((_, i) => $"m{i}")];
                return $"stats {string.Join(", ", metrics.Select((metric, i) => $"{metric}({name}) as m{i}"))}{By(by)}";
        }
    }

    private string Keep(string[] names, ref string[]? columns)
    {
        columns = Some(names);
        return $"fields {string.Join(", ", columns.Select(Quoted))}";
    }

    private string Head() => string.Create(CultureInfo.InvariantCulture, $"head {random.Next(1, 30)}");

    private string Order(string[] names) => string.Join(", ", Some(names).Select(name => Quoted(name) + (string[])["", " desc", " asc"] switch { var all => all[random.Next(3)] }));

    private static string By(IEnumerable<string> fields) => fields.Any() ? $" by {string.Join(", ", fields.Select(Quoted))}" : "";

    private string Name(string[] names) => Quoted(names[random.Next(names.Length)]);

    private string[] Some(string[] names)
    {
        var some = names.ToArray();
        random.Shuffle(some);
        return some[..random.Next(1, Math.Min(some.Length, 3) + 1)];
    }

    private static string Quoted(string name) => name.All(letter => char.IsLetterOrDigit(letter) || letter is '_' or '.') ? name : $"\"{name}\"";
}

using System.Globalization;
using System.Text;

namespace Picket.Testing;

/// <summary>Events of every kind of value under a handful of names, so that filters meet them.</summary>
public sealed class RandomEvents(Random random)
{
    public static readonly string[] Names = ["message", "level", "app", "src_ip", "status", "ms", "tags", "odd.name", "note", "severity"];

    public static readonly string[] Texts =
    [
        "", "error", "Error", "timeout", "connection timeout after 5 ms", "a_b c", "Ünïcode ÄRGER", "ärger", "10.0.0.1", "10.1.2.3", "2001:db8::1", "404", "40", "-3.5",
        "user bob@example.com", "no", "null", "true", "\"quoted\" back\\slash", "tab\there", "日本語 テスト", "connection", "timeoutish", "GET /a/b.php", "info", "warn", "9999-01-01",
    ];

    public string Next()
    {
        var json = new StringBuilder("{");
        var names = Names.Where(_ => random.Next(2) == 0).ToArray();
        random.Shuffle(names);
        if (random.Next(3) > 0)
        {
            json.Append(CultureInfo.InvariantCulture, $"\"ts\":\"2026-01-{random.Next(18, 21):00}T{random.Next(24):00}:{random.Next(60):00}:00Z\"");
        }
        foreach (var name in names)
        {
            json.Append(json.Length > 1 ? "," : "").Append(CultureInfo.InvariantCulture, $"\"{name}\":{Value(2)}");
        }
        return json.Append('}').ToString();
    }

    private string Value(int depth) => random.Next(depth > 0 ? 12 : 8) switch
    {
        < 5 => Quote(Texts[random.Next(Texts.Length)]),
        5 => random.Next(-5, 600).ToString(CultureInfo.InvariantCulture),
        6 => (string[])["1.0", "404.0", "1e3", "0.5", "-2.25"] is var numbers ? numbers[random.Next(numbers.Length)] : "",
        7 => (string[])["true", "false", "null"] is var words ? words[random.Next(words.Length)] : "",
        8 => "[]",
        9 or 10 => $"[{string.Join(',', Enumerable.Range(0, random.Next(1, 4)).Select(_ => Value(depth - 1)))}]",
        _ => $"{{\"x\":{Value(depth - 1)},\"y.z\":{Value(depth - 1)}}}",
    };

    private static string Quote(string text)
    {
        var json = new StringBuilder("\"");
        foreach (var c in text)
        {
            json.Append(c switch { '"' => "\\\"", '\\' => "\\\\", '\t' => "\\t", _ => c.ToString() });
        }
        return json.Append('"').ToString();
    }
}

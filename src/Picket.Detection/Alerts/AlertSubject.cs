using System.Text;
using Picket.Detection.Windows;
using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Detection.Alerts;

/// <summary>
/// What an alert is about, taken from an event. There are many more of them than alerts, so that it keeps the values' bytes and makes names and texts of them when it is asked. Immutable, thread-safe.
/// </summary>
internal sealed class AlertSubject
{
    private const int Missing = -1;
    private static readonly Field[] Told = [.. ((string[])["host", "user_id", "src_ip", "dst_ip", "country", "source", "app"]).Select(EventSchema.Resolve)];

    private readonly IReadOnlyList<string> names;
    private readonly byte[] text;

    // Where in the text each value ends, those of the group first.
    private readonly int[] ends;

    private AlertSubject(IReadOnlyList<string> names, byte[] text, int[] ends) => (this.names, this.text, this.ends) = (names, text, ends);

    /// <summary>What tells its group from others of the rule: names and values.</summary>
    public IReadOnlyList<(string Name, string Value)> Group => [.. names.Select((name, i) => (name, TextOf(i) ?? ""))];

    /// <summary>What else is told of the event: <c>host</c>, <c>user_id</c>, <c>src_ip</c> and such.</summary>
    public IReadOnlyDictionary<string, string> Values =>
        Told.Select((one, i) => (one.Name, Text: TextOf(names.Count + i))).Where(told => told.Text is not null).ToDictionary(told => told.Name, told => told.Text!);

    public static AlertSubject Of(in TriggerInput to, EventRow row)
    {
        var (group, names) = (to.Trigger.GroupBy[to.Base], to.Trigger.GroupNames);
        var (length, ends) = (0, new int[names.Count + Told.Length]);
        for (var i = 0; i < ends.Length; i++)
        {
            ends[i] = Fingerprint.TryValue(row, FieldOf(group, i), out var value) ? length += value.Text.Length : Missing;
        }
        var text = new byte[length];
        length = 0;
        for (var i = 0; i < ends.Length; i++)
        {
            if (ends[i] != Missing && row.TryGet(FieldOf(group, i), out var value))
            {
                value.Text.CopyTo(text.AsSpan(length));
                length += value.Text.Length;
            }
        }
        return new AlertSubject(names, text, ends);
    }

    /// <summary>As it was written down.</summary>
    public static AlertSubject Of(IReadOnlyList<(string Name, string Value)> group, IReadOnlyDictionary<string, string> values)
    {
        var (text, ends) = (new MemoryStream(), new List<int>());
        foreach (var value in group.Select(pair => pair.Value).Concat(Told.Select(field => values.GetValueOrDefault(field.Name))))
        {
            text.Write(Encoding.UTF8.GetBytes(value ?? ""));
            ends.Add(value is null ? Missing : (int)text.Length);
        }
        return new AlertSubject([.. group.Select(pair => pair.Name)], text.ToArray(), [.. ends]);
    }

    private static Field FieldOf(IReadOnlyList<Field> group, int i) => i < group.Count ? group[i] : Told[i - group.Count];

    private string? TextOf(int i)
    {
        if (ends[i] == Missing)
        {
            return null;
        }
        var before = i - 1;
        while (before >= 0 && ends[before] == Missing)
        {
            before--;
        }
        var start = before < 0 ? 0 : ends[before];
        return Encoding.UTF8.GetString(text, start, ends[i] - start);
    }
}

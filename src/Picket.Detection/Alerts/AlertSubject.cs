using Picket.Detection.Windows;
using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Detection.Alerts;

/// <summary>What an alert is about, taken from an event.</summary>
/// <param name="Group">What tells its group from others of the rule: names and values.</param>
/// <param name="Values">What else is told of the event: <c>host</c>, <c>user_id</c>, <c>src_ip</c> and such.</param>
internal sealed record AlertSubject(IReadOnlyList<(string Name, string Value)> Group, IReadOnlyDictionary<string, string> Values)
{
    private static readonly Field[] Told = [.. ((string[])["host", "user_id", "src_ip", "dst_ip", "country", "source", "app"]).Select(EventSchema.Resolve)];

    public static AlertSubject Of(in TriggerInput to, EventRow row)
    {
        var (group, values) = (new List<(string, string)>(), new Dictionary<string, string>());
        foreach (var field in to.Trigger.GroupBy[to.Base])
        {
            group.Add((to.Trigger.GroupNames[group.Count], Shown(row, field) ?? ""));
        }
        foreach (var field in Told)
        {
            if (Shown(row, field) is { } shown)
            {
                values.Add(field.Name, shown);
            }
        }
        return new AlertSubject(group, values);
    }

    private static string? Shown(EventRow row, Field field) => Fingerprint.TryValue(row, field, out var value) ? value.ToString() : null;
}

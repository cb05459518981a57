using System.Text;
using System.Text.Json;
using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Query.Operators;

/// <summary>Another operator holds for a member inside an array: <c>answers[0].type</c> is that of the first, <c>answers[].type</c> that of any.</summary>
/// <param name="Path">Behind the field's name: <c>[0]</c>, <c>[]</c> and <c>.name</c>, beginning with a bracket.</param>
/// <param name="Inner">What must hold there.</param>
public sealed record Inside(string Path, Operator Inner) : Operator
{
    private const int Any = -1;
    private IReadOnlyList<(string? Name, int Index)>? steps;

    public override bool MatchesScalar(Value value) => false;

    public override Need NeedOn(Field field) => Inner.NeedOn(field);

    public override string Print(BareText bare) => Inner.Print(BareText.Value);

    public bool Equals(Inside? other) => other is not null && Path == other.Path && Inner.Equals(other.Inner);

    public override int GetHashCode() => HashCode.Combine(Path, Inner);

    /// <summary>Splits a name at its first bracket; false when there is none, or what follows is no path.</summary>
    internal static bool TrySplit(string name, out string field, out string path)
    {
        var bracket = name.IndexOf('[');
        (field, path) = bracket > 0 ? (name[..bracket], name[bracket..]) : (name, "");
        return bracket > 0 && TryRead(path, out _);
    }

    protected override bool MatchesJson(Value value)
    {
        if (steps is null && !TryRead(Path, out steps))
        {
            throw new InvalidOperationException($"{Path} is no path into an array.");
        }
        try
        {
            var reader = new Utf8JsonReader(value.Text);
            return Matches(JsonElement.ParseValue(ref reader), 0);
        }
        catch (JsonException)
        {
            // What was cut because it was too long is no JSON any more.
            return false;
        }
    }

    private bool Matches(JsonElement element, int step)
    {
        if (step == steps!.Count)
        {
            return Inner.Matches(ValueOf(element));
        }
        var (name, index) = steps[step];
        if (name is not null)
        {
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) && Matches(member, step + 1);
        }
        if (element.ValueKind != JsonValueKind.Array)
        {
            return false;
        }
        return index == Any ? element.EnumerateArray().Any(member => Matches(member, step + 1)) : index < element.GetArrayLength() && Matches(element[index], step + 1);
    }

    private static Value ValueOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => new Value(ValueKind.Text, Encoding.UTF8.GetBytes(element.GetString()!)),
        JsonValueKind.Null => new Value(ValueKind.Null, "null"u8),
        JsonValueKind.True => new Value(ValueKind.True, "true"u8),
        JsonValueKind.False => new Value(ValueKind.False, "false"u8),
        JsonValueKind.Number => new Value(element.GetRawText().All(char.IsAsciiDigit) ? ValueKind.Integer : ValueKind.Decimal, Encoding.UTF8.GetBytes(element.GetRawText())),
        _ => new Value(ValueKind.Json, Encoding.UTF8.GetBytes(element.GetRawText())),
    };

    private static bool TryRead(string path, out IReadOnlyList<(string? Name, int Index)> steps)
    {
        var found = new List<(string?, int)>();
        steps = found;
        for (var at = 0; at < path.Length;)
        {
            var isIndex = path[at] == '[';
            var end = isIndex ? path.IndexOf(']', at) : path.IndexOfAny(['.', '['], at + 1) is var next && next < 0 ? path.Length : next;
            if (end < 0 || (!isIndex && path[at] != '.'))
            {
                return false;
            }
            var text = path[(at + 1)..end];
            if (isIndex)
            {
                var index = Any;
                if (text.Length > 0 && !int.TryParse(text, System.Globalization.NumberStyles.None, null, out index))
                {
                    return false;
                }
                found.Add((null, index));
                at = end + 1;
            }
            else
            {
                found.Add((text, 0));
                at = end;
            }
        }
        return found.Count > 0;
    }
}

using System.Text;
using Picket.Events;
using Picket.Events.Schema;

namespace Picket.Query.Operators;

/// <summary>Terms as people write them: a field by any of its names, a level or severity in any spelling, an address in any notation.</summary>
public static class Terms
{
    public static Filter Equal(string field, string value) => Equal(EventSchema.Resolve(field), value);

    public static Filter Equal(Field field, string value) => new Filter.Term(field, new EqualTo(Canonical(field, value)));

    public static Filter AnyOf(string field, IReadOnlyList<string> values)
    {
        var resolved = EventSchema.Resolve(field);
        return values is [var one] ? Equal(resolved, one) : new Filter.Term(resolved, new AnyOf([.. values.Select(value => Canonical(resolved, value))]));
    }

    private static string Canonical(Field field, string value)
    {
        var utf8 = Encoding.UTF8.GetBytes(value);
        if (field.Equals(EventSchema.Level) || field.Equals(EventSchema.Severity))
        {
            var spellings = field.Equals(EventSchema.Level) ? Levels.Spellings : Severities.Spellings;
            return spellings.TryRead(utf8, out var code, out _) ? Encoding.ASCII.GetString(spellings.Names[code]) : value;
        }
        if (EventSchema.TryGet(field.Name, out var known) && known.Role == FieldRole.Address && Address.TryParse(utf8, out var address, out _))
        {
            Span<byte> text = stackalloc byte[48];
            return Encoding.ASCII.GetString(text[..address.Write(text)]);
        }
        return value;
    }
}

using Picket.Events.Schema;

namespace Picket.Query.Language;

/// <summary>Why a question may have found nothing: it names fields that no event has.</summary>
public static class UnknownFields
{
    /// <summary>A sentence for each, with the field that was probably meant.</summary>
    /// <param name="named">The fields that the question names.</param>
    /// <param name="known">The names of those that events of the time asked for have; empty when there are no events.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<NamedField> named, IReadOnlyCollection<string> known) => known.Count == 0
        ? ["There are no events at all of the time asked for."]
        : [.. named.Where(name => !IsKnown(name.Field, known)).DistinctBy(name => name.Field).Select(name => Sentence(name.Typed, known))];

    /// <summary>The names of those that none of the known ones is; none where nothing is known.</summary>
    public static IReadOnlyList<string> Among(IEnumerable<Field> fields, IReadOnlyCollection<string> known) =>
        known.Count == 0 ? [] : [.. fields.Where(field => !IsKnown(field, known)).Select(field => field.Name).Distinct().Order(StringComparer.Ordinal)];

    private static string Sentence(string name, IReadOnlyCollection<string> known) =>
        $"No event of the time asked for has a field {name}{(Suggestions.Nearest(name, known) is { } near ? $"; did you mean {near}?" : ".")}";

    private static bool IsKnown(Field field, IReadOnlyCollection<string> known) =>
        EventSchema.IsTime(field) || known.Contains(field.Name) || known.Any(name => new Field(name).IsWithin(field));
}

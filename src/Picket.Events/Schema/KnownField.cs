namespace Picket.Events.Schema;

/// <summary>A field the product knows: its name, the synonyms read as it, and what it means.</summary>
/// <param name="Field">Its name in answers and in storage.</param>
/// <param name="Kind">What its values are, in a word for the documentation.</param>
/// <param name="Role">What normalising does.</param>
/// <param name="Synonyms">Other names; the first present in an event counts, the name itself before all of them.</param>
public sealed record KnownField(Field Field, string Kind, FieldRole Role, params string[] Synonyms);

using System.Text;
using System.Text.Json;
using Picket.Events.Parsing;
using Picket.Testing;

namespace Picket.Events.Tests;

public sealed class JsonItemsTests
{
    [Theory]
    [InlineData("[]")]
    [InlineData(" [ ] ")]
    [InlineData("[1]")]
    [InlineData("[ 1 , \"a]\\\",\" , [2,[3]] , {\"b\":[4]} , null ]")]
    public void The_items_of_an_array_are_those_of_the_base_library(string json)
    {
        var found = new List<string>();
        foreach (var item in new JsonItems(Encoding.UTF8.GetBytes(json), json.IndexOf('[', StringComparison.Ordinal)))
        {
            found.Add(Encoding.UTF8.GetString(item));
        }
        using var document = JsonDocument.Parse(json);
        Assert.Equal(document.RootElement.EnumerateArray().Select(item => item.GetRawText()), found);
    }

    [Fact]
    public void Escaped_text_is_read_again_as_it_was() => Property.Holds(500, random =>
    {
        var text = new string([.. Enumerable.Range(0, random.Next(20)).Select(_ => random.Next(3) switch { 0 => (char)random.Next(32), 1 => "\"\\/é€"[random.Next(5)], _ => (char)random.Next(32, 127) })]);
        var written = new System.Buffers.ArrayBufferWriter<byte>();
        JsonText.Escape(Encoding.UTF8.GetBytes(text), written);
        var json = "\"" + Encoding.UTF8.GetString(written.WrittenSpan) + "\"";
        using var document = JsonDocument.Parse(json);
        Assert.Equal(text, document.RootElement.GetString());
    });
}

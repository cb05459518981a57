using System.Runtime.InteropServices;

namespace Picket.Storage.Files;

/// <summary>Makes a folder's entries durable (<c>fsync(2)</c> on the folder). The base library opens no folders, so this asks the C library.</summary>
internal static partial class FolderSync
{
    private const string Library = "libc";
    private const int ReadOnly = 0;

    public static void Flush(string path)
    {
        // Windows has no such thing; there a rename is durable with the volume's journal.
        if (OperatingSystem.IsWindows())
        {
            return;
        }
        var folder = Open(path, ReadOnly);
        if (folder < 0)
        {
            throw new IOException($"{path} cannot be opened: error {Marshal.GetLastPInvokeError()}");
        }
        try
        {
            if (Fsync(folder) != 0)
            {
                throw new IOException($"{path} cannot be made durable: error {Marshal.GetLastPInvokeError()}", Marshal.GetLastPInvokeError());
            }
        }
        finally
        {
            _ = Close(folder);
        }
    }

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int file);

    [LibraryImport(Library, EntryPoint = "close")]
    private static partial int Close(int file);
}
